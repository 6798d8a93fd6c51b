/** Finding the referrers of subjects at the source of a copy, through every door, with as few questions as it takes. */
import { CodedError } from '../../../errors/errors.ts';
import type { Digest } from '../../spec/digest.ts';
import { cosignTags, referrersTag } from '../../spec/referrer.ts';
import type { Tag } from '../../spec/tag.ts';
import { atSide } from '../copy-side.ts';
import type { ReferrerListing, Source } from '../target.ts';
import { listFallbackReferrers } from './referrer-fallback.ts';
import { assertReferrersInAll } from './referrer-limits.ts';
import type { FoundReferrer } from './referrer-report.ts';

export interface ReferrerSearch {
  /** Every referrer of the subject, asked for once however often it is wanted. */
  find(subject: Digest): Promise<readonly FoundReferrer[]>;
}

/** What a search is opened with. */
export interface ReferrerSearchInit {
  readonly source: Source;
  readonly cosignTags: boolean;
  /** Artifact types that are not looked for. */
  readonly leftOut: ReadonlySet<string> | undefined;
  /** How many subjects are likely to be asked for: what a list of all tags may cost. */
  readonly subjects: number;
  readonly signal: AbortSignal | undefined;
}

/** Tags that registries list in one answer. */
const tagsPerPage = 1_000;

/** The tags that begin like a digest, of all; undefined where that cannot be learnt, or costs more than asking for each. */
type DigestTags = ReadonlySet<Tag> | undefined;

/** A search that has asked nothing yet. What it has found it keeps: open another to look again. */
export function openReferrerSearch(init: ReferrerSearchInit): ReferrerSearch {
  const { source, signal } = init;
  const found = new Map<Digest, Promise<readonly FoundReferrer[]>>();
  let count = 0;
  let tags: Promise<DigestTags> | undefined;
  let firstDoor: Promise<ReferrerListing['door'] | undefined> | undefined;

  async function listKnown(subject: Digest): Promise<ReferrerListing> {
    if (firstDoor === undefined) {
      const listing = listReferrers(source, subject, signal);
      firstDoor = listing.then(
        ({ door }) => door,
        () => undefined,
      );
      return await listing;
    }
    // Where lists are kept under tags, and all tags are known, a subject without one need not be asked for.
    if ((await firstDoor) === 'fallback-tag' && (await tags)?.has(referrersTag(subject)) === false) {
      return { door: 'fallback-tag', referrers: [] };
    }
    return await listReferrers(source, subject, signal);
  }

  async function search(subject: Digest): Promise<readonly FoundReferrer[]> {
    if (init.cosignTags) tags ??= listDigestTags(init);
    const [{ door, referrers: all }, tagged] = await Promise.all([
      listKnown(subject),
      init.cosignTags ? findTagged(init, subject, tags) : [],
    ]);
    const referrers = all.filter(({ artifactType }) => !init.leftOut?.has(artifactType ?? ''));
    count += referrers.length + tagged.length;
    assertReferrersInAll(count, subject);
    return [...referrers.map((descriptor) => ({ subject, door, descriptor })), ...tagged];
  }

  return {
    find(subject) {
      const searching = found.get(subject) ?? search(subject);
      found.set(subject, searching);
      return searching;
    },
  };
}

/** The repository's listing; where it has not the power to make one, what is under the fallback tag. */
export async function listReferrers(source: Source, subject: Digest, signal?: AbortSignal): Promise<ReferrerListing> {
  if (source.listReferrers !== undefined) return await source.listReferrers(subject, signal);
  return { door: 'fallback-tag', referrers: await listFallbackReferrers(source, subject, signal) };
}

/**
 * One listing costs a request for a thousand tags, asking for cosign's three a request each; a repository with so many
 * tags that the listing costs more is not read to its end. Where tags may not be listed, asking for each still may do.
 */
async function listDigestTags({ source, subjects, signal }: ReferrerSearchInit): Promise<DigestTags> {
  const tagsMax = tagsPerPage * 3 * Math.max(subjects, 1);
  const digestTags = new Set<Tag>();
  let read = 0;
  try {
    for await (const tag of source.listTags(signal)) {
      read += 1;
      if (read > tagsMax) return undefined;
      if (/^sha(?:256|512)-/.test(tag)) digestTags.add(tag);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof CodedError) return undefined;
    throw error;
  }
  return digestTags;
}

async function findTagged(
  { source, signal }: ReferrerSearchInit,
  subject: Digest,
  tags: Promise<DigestTags> | undefined,
): Promise<readonly FoundReferrer[]> {
  const known = await tags;
  const candidates = cosignTags(subject).filter((tag) => known === undefined || known.has(tag));
  const found = await Promise.all(
    candidates.map(async (tag) => {
      const resolved = await atSide('source', source.resolve(tag, signal));
      if (resolved === undefined) return [];
      const { mediaType, digest, size } = resolved;
      return [{ subject, door: 'cosign-tag' as const, descriptor: { mediaType, digest, size }, tag }];
    }),
  );
  return found.flat();
}
