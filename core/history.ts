/** History tags: what an environment ran, in order, kept as tags beside the environment tag. */
import { type Digest, shortDigest } from '../oci/spec/digest.ts';
import { parseTag, type Tag } from '../oci/spec/tag.ts';

/** One entry `<env>-rN-<digest12>` of an environment's history, as a tag listing shows it. */
export interface HistoryEntry {
  readonly number: number;
  /** First twelve hexadecimal digits of the digest. */
  readonly digest12: string;
  /** Written by a rollback with the service away; the tag ends in `-direct`. */
  readonly direct: boolean;
  /** Whether the receipt's tag is there too: without it the entry is not committed. */
  readonly receipted: boolean;
  readonly tag: Tag;
}

/** Digits that a history number is padded to, so that tag listings sort by it. */
const numberDigits = 6;

/** The history tag of a number and digest. */
export function historyTag(environment: string, number: number, digest: Digest): Tag {
  return parseTag(`${environment}-r${String(number).padStart(numberDigits, '0')}-${shortDigest(digest)}`);
}

/** The tag under which the receipt of a history entry lies. */
export function receiptTag(entry: Tag): Tag {
  return parseTag(`${entry}.receipt`);
}

/** The environment's entries among all tags of its repository, oldest first; other tags are ignored. */
export function readHistory(environment: string, tags: Iterable<string>): readonly HistoryEntry[] {
  const all = new Set(tags);
  const entries = [...all].flatMap((tag) => parseHistoryTag(environment, tag, all.has(`${tag}.receipt`)));
  return entries.sort(compareEntries);
}

/** Orders by number, then by name: the order in which the highest direct entry wins. Rule: lane-protocol, "5b". */
export function compareEntries(a: HistoryEntry, b: HistoryEntry): number {
  if (a.number !== b.number) return a.number - b.number;
  return a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0;
}

/** Numbers that name more than one digest: forks, which are reported and never mended in silence. */
export function forkedNumbers(history: readonly HistoryEntry[]): readonly number[] {
  const digests = new Map<number, Set<string>>();
  for (const entry of history) {
    digests.set(entry.number, (digests.get(entry.number) ?? new Set()).add(entry.digest12));
  }
  return [...digests].filter(([, names]) => names.size > 1).map(([number]) => number);
}

/** The highest number in the history; 0 when it is empty. */
export function highestNumber(history: readonly HistoryEntry[]): number {
  return history.reduce((highest, entry) => Math.max(highest, entry.number), 0);
}

function parseHistoryTag(environment: string, tag: string, receipted: boolean): readonly HistoryEntry[] {
  if (!tag.startsWith(`${environment}-r`)) return [];
  const match = /^(\d{6,15})-([0-9a-f]{12})(-direct)?$/.exec(tag.slice(environment.length + 2));
  const [, number, digest12, direct] = match ?? [];
  if (number === undefined || digest12 === undefined) return [];
  return [{ number: Number(number), digest12, direct: direct !== undefined, receipted, tag: parseTag(tag) }];
}
