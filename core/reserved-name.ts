/** Names that image tags outside of the ladder must keep away from. */
import { readNumberTag, type TagNaming } from './tag-naming.ts';

/** What stands against a name. */
export type Reservation =
  /** It reads as a version, or as a rung that is a number, of this ladder or of another component's. */
  | 'version'
  | 'latest'
  /** It is what the channel of a prerelease is commonly called. */
  | 'channel'
  /** An environment's tag, or a tag of its history: the promotion service alone moves these. */
  | 'environment'
  /** A tag that a pull request, a commit or the default branch has. */
  | 'ref'
  /** It ends like the tags of a declared variant. */
  | 'variant';

/** Words that prereleases commonly begin with, so that versions such as 1.2.3-beta.1 move tags of these names. */
const channelWords = ['alpha', 'beta', 'canary', 'next', 'nightly', 'pre', 'preview', 'rc', 'snapshot'];

/** What the name would be taken for, in any case; undefined when it is free. `environments` are their names. */
export function findReservation(
  name: string,
  naming: TagNaming,
  environments: readonly string[],
): Reservation | undefined {
  const lower = name.toLowerCase();
  if (/^v?\d|\d\.\d+\.\d/.test(lower)) return 'version';
  if (/(?:^|[._-])latest$/.test(lower)) return 'latest';
  if (channelWords.includes(lower)) return 'channel';
  if (environments.some((environment) => isOfEnvironment(lower, environment.toLowerCase()))) return 'environment';
  if (lower === 'edge' || /^pr-\d|^sha\d*-/.test(lower)) return 'ref';
  return naming.variants.some((variant) => lower.endsWith(`-${variant.toLowerCase()}`)) ? 'variant' : undefined;
}

/**
 * What the tag would be taken for by the ladder of its component, in any variant of it: a version or a rung that is a
 * number, or `latest`. Undefined for all else.
 */
export function findLadderReservation(tag: string, naming: TagNaming): 'version' | 'latest' | undefined {
  return ['', ...naming.variants]
    .map((variant) => readNumberTag(tag, { ...naming, tagPrefix: '', variant }))
    .flatMap((word) => (word === undefined ? [] : [findReservation(word, { ...naming, variants: [] }, [])]))
    .find((reservation) => reservation === 'version' || reservation === 'latest');
}

function isOfEnvironment(name: string, environment: string): boolean {
  if (!name.startsWith(environment)) return false;
  return /^(?:$|-r\d|-staged(?:-|$))/.test(name.slice(environment.length));
}
