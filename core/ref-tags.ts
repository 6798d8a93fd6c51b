/** Tags of images that are no version: named after a branch, a pull request, a day or a commit. None is ever ranked. */
import type { Tag } from '../oci/spec/tag.ts';
import { utcDay } from './calendar.ts';
import { findReservation } from './reserved-name.ts';
import type { SourceRef } from './source-ref.ts';
import { type TagNaming, wordTag } from './tag-naming.ts';

/** How the tags of a ref are spelled. */
export interface RefTagOptions {
  readonly naming: TagNaming;
  /** Names of environments, which no branch takes. */
  readonly environments: readonly string[];
  /** Hexadecimal digits, eight at least, that tell texts apart. */
  readonly hash: (text: string) => string;
}

/** Digits of the hash behind a name that was changed: 32 bits, so that two branches of one stem do not meet. */
const hashDigits = 8;
const tagCharsMax = 128;
/** As short as git writes commits. */
const pullRequestCommitDigits = 7;
/** Enough for the largest repositories there are. */
const shortCommitDigits = 12;

/**
 * The tags a ref names its image by, the most general one first; none for a commit without a name. A branch or git tag
 * whose name is a free tag keeps it; every other name ends in a dash and eight digits of its hash, so that branches
 * that differ have tags that differ: `feat/a` is not `feat-a`.
 */
export function listRefTags(ref: SourceRef, commit: string | undefined, options: RefTagOptions): readonly Tag[] {
  const { naming } = options;
  switch (ref.kind) {
    case 'branch':
      return [...(ref.isDefault ? [wordTag('edge', naming)] : []), nameTag(ref.name, options)];
    case 'tag':
      return [nameTag(ref.name, options)];
    case 'pull-request': {
      const short = commit?.slice(0, pullRequestCommitDigits);
      const word = `pr-${ref.number}`;
      return [wordTag(word, naming), ...(short === undefined ? [] : [wordTag(`${word}-${short}`, naming)])];
    }
    case 'schedule':
      return [wordTag(utcDay(ref.at), naming)];
    case 'none':
      return [];
  }
}

/** The tag of a commit: `sha-` and its first twelve digits, or all of them. */
export function commitTag(commit: string, length: 'short' | 'full', naming: TagNaming): Tag {
  return wordTag(`sha-${length === 'short' ? commit.slice(0, shortCommitDigits) : commit}`, naming);
}

/** Whether the tag says which commit its image is of, so that it never has to name another. */
export function spellsCommit(tag: Tag, commit: string | undefined): boolean {
  return commit !== undefined && tag.includes(commit.slice(0, pullRequestCommitDigits));
}

function nameTag(name: string, { naming, environments, hash }: RefTagOptions): Tag {
  const around = naming.component.length + (naming.variant === '' ? 0 : naming.variant.length + 1);
  const charsMax = tagCharsMax - around;
  const reservation = findReservation(name, naming, environments);
  const isFree =
    /^[a-zA-Z0-9_][a-zA-Z0-9._-]*$/.test(name) &&
    name.length <= charsMax &&
    reservation === undefined &&
    !endsLikeHash.test(name);
  if (isFree) return wordTag(name, naming);

  const spelled = name.replaceAll(/[^a-zA-Z0-9._-]+/g, '-').replace(/^[.-]+/, '');
  // Without its dots a name is no version in any naming, whatever is written around it.
  const stem = findReservation(spelled, naming, []) === 'version' ? spelled.replaceAll('.', '-') : spelled;
  const kept = (stem === '' ? 'ref' : stem).slice(0, Math.max(1, charsMax - hashDigits - 1));
  return wordTag(`${kept}-${hash(name).slice(0, hashDigits)}`, naming);
}

/** What only names that were changed may end in, so that none of them meets a branch that is called like it. */
const endsLikeHash = new RegExp(`-[0-9a-f]{${hashDigits}}$`);
