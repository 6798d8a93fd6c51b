/** Names of users and tokens: they are written into addresses, Basic credentials and records as they are. */

import { anonymousName } from './access.ts';

/** Longest name: it shows as the actor in every record that the one behind it causes. */
export const memberNameCharsMax = 64;

/** Form of a name. `anonymous` stands for nobody. */
export const memberNamePattern = /^(?!anonymous$)[A-Za-z0-9][A-Za-z0-9._@-]*$/;

/** Whether somebody who is added may have the name; in no letters is it anonymous. */
export function isMemberName(text: string): boolean {
  return text.length <= memberNameCharsMax && memberNamePattern.test(text) && text.toLowerCase() !== anonymousName;
}
