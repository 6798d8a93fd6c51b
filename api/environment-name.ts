/** Which names an environment may have: its name is a tag, and begins the tags of its history. */
import { environmentNameCharsMax, environmentNameSchema } from './field.ts';

/** Tags that release tools move by themselves. */
const reservedNames: readonly string[] = ['latest', 'edge'];

/** Why the text cannot name an environment, or undefined when it can. */
export function environmentNameFault(name: string): string | undefined {
  if (name.length > environmentNameCharsMax) return `longer than ${environmentNameCharsMax} characters`;
  if (!environmentNameSchema.safeParse(name).success) {
    return 'an environment’s name is lower-case letters, digits and single dashes, and begins with a letter';
  }
  if (reservedNames.includes(name)) return `the tag ${name} belongs to the releases: choose another name`;
  if (/^v\d/.test(name)) return 'the name reads as a version tag: choose another';
  if (/^sha\d*(?:-|$)/.test(name)) return 'tags that begin with sha name digests and revisions: choose another';
  if (/^pr-\d/.test(name)) return 'tags of this form name pull requests: choose another';
  if (/-r\d|-staged(?:-|$)|-direct$/.test(name))
    return 'the name reads as a history tag of another environment: choose another';
  return undefined;
}
