/** The list of a manifest's referrers that clients keep under a tag, where the registry keeps none. */
import { ConflictError, IntegrityError, NotFoundError, TransportError } from '../../../errors/errors.ts';
import { digestOf } from '../../hash.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Digest } from '../../spec/digest.ts';
import { type JsonObject, parseObject } from '../../spec/json-value.ts';
import { parseManifest } from '../../spec/manifest.ts';
import { mediaTypes } from '../../spec/media-type.ts';
import { referrersTag } from '../../spec/referrer.ts';
import type { Tag } from '../../spec/tag.ts';
import { reportsMissingContent } from '../missing-content.ts';
import { openSlots } from '../slots.ts';
import type { FetchedManifest, Target } from '../target.ts';
import { assertReferrerCount } from './referrer-limits.ts';
import { settleEach } from './settle-each.ts';
import { openTurns } from './turns.ts';

/** A repository, as far as such a list needs it. */
export type ListKeeper = Pick<Target, 'name' | 'resolve' | 'fetchManifest' | 'pushTag'>;

/** The index under the tag. */
interface FallbackIndex {
  /** As parsed: what others wrote into it is kept, also what we do not understand. */
  readonly document: JsonObject;
  readonly entries: readonly Descriptor[];
}

/** How often a list is written when other hands overwrite it; each time they and we have read it anew. */
const writesMax = 5;

/** Entries that are looked up at once. */
const lookupsAtOnce = 8;

/** One writer at a time for each list in this process, whichever client it uses: two would overwrite each other. */
const turns = openTurns();

/**
 * The referrers listed under the subject's tag; none when the tag is absent or names something else.
 * Spec: distribution-spec v1.1.1, "Unavailable Referrers API".
 */
export async function listFallbackReferrers(
  keeper: Pick<ListKeeper, 'fetchManifest'>,
  subject: Digest,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const manifest = await fetchIfPresent(keeper, referrersTag(subject), signal);
  const entries = manifest === undefined ? [] : (parseFallbackIndex(manifest)?.entries ?? []);
  assertReferrerCount(entries.length, subject);
  return [...new Map(entries.map((entry) => [entry.digest, entry])).values()];
}

/**
 * Enters the referrers under the subject's tag, beside what is there; those that are listed already stay as they are.
 *
 * A registry has no way to write a tag only if nobody else did, so the tag is read again after it was written: where
 * another writer won, what is missing is entered anew. A writer who comes later and does not look is not noticed.
 *
 * Spec: distribution-spec v1.1.1, "Pushing Manifests with Subject", "Referrers Tag Schema".
 * @throws ConflictError REFERRER_UNLISTED when the tag names something else, or others keep overwriting it.
 */
export async function enterFallbackReferrers(
  keeper: ListKeeper,
  subject: Digest,
  referrers: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<void> {
  const tag = referrersTag(subject);
  await turns(`${keeper.name}:${tag}`, async () => {
    let mayListDead = true;
    for (let writes = 0; writes < writesMax; writes += 1) {
      const index = await readIndex(keeper, tag, signal);
      const listed = new Set(index.entries.map(({ digest }) => digest));
      const missing = referrers.filter(({ digest }) => !listed.has(digest));
      if (missing.length === 0) return;
      const kept = mayListDead ? index : await withoutDead(keeper, index, signal);
      const outcome = await writeIndex(keeper, tag, withEntries(kept, missing), signal);
      if (outcome === 'stands') return;
      if (outcome === 'refused' && !mayListDead) throw unlisted(keeper, tag, 'the registry refuses what it lists');
      if (outcome === 'refused') mayListDead = false;
    }
    throw unlisted(keeper, tag, `others wrote it ${writesMax} times meanwhile`);
  });
}

async function readIndex(keeper: ListKeeper, tag: Tag, signal: AbortSignal | undefined): Promise<FallbackIndex> {
  const manifest = await fetchIfPresent(keeper, tag, signal);
  const index = manifest === undefined ? emptyIndex : parseFallbackIndex(manifest);
  if (index === undefined) throw unlisted(keeper, tag, 'it names something else than a list of referrers');
  return index;
}

/**
 * The index without entries for manifests that were deleted: distribution refuses an index that lists any, so one
 * deletion by a tool that forgets the list would keep it as it is for ever.
 */
async function withoutDead(
  keeper: ListKeeper,
  { document, entries }: FallbackIndex,
  signal: AbortSignal | undefined,
): Promise<FallbackIndex> {
  const slots = openSlots(lookupsAtOnce);
  const found = await settleEach(entries.map(({ digest }) => slots(() => keeper.resolve(digest, signal))));
  const isAlive = (_: unknown, at: number) => found[at] !== undefined;
  return {
    document: { ...document, manifests: writtenEntries(document).filter(isAlive) },
    entries: entries.filter(isAlive),
  };
}

/** What became of the index: the tag names it, or the registry refused it for what it lists, or reading will tell. */
async function writeIndex(
  keeper: ListKeeper,
  tag: Tag,
  index: FetchedManifest,
  signal: AbortSignal | undefined,
): Promise<'stands' | 'refused' | 'unsure'> {
  try {
    await keeper.pushTag(tag, index, signal === undefined ? {} : { signal });
  } catch (error) {
    if (reportsMissingContent(error)) return 'refused';
    // The answer was lost, so the tag may be written or not.
    if (error instanceof TransportError) return 'unsure';
    throw error;
  }
  return (await keeper.resolve(tag, signal))?.digest === index.descriptor.digest ? 'stands' : 'unsure';
}

const emptyIndex: FallbackIndex = {
  document: { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [] },
  entries: [],
};

function withEntries({ document }: FallbackIndex, added: readonly Descriptor[]): FetchedManifest {
  const manifests = [...writtenEntries(document), ...added];
  const bytes = new TextEncoder().encode(JSON.stringify({ ...document, manifests }));
  return { descriptor: { mediaType: mediaTypes.ociIndex, digest: digestOf(bytes), size: bytes.length }, bytes };
}

function writtenEntries(document: JsonObject): readonly unknown[] {
  return Array.isArray(document['manifests']) ? document['manifests'] : [];
}

/** Undefined for what is no index. */
function parseFallbackIndex({ descriptor, bytes }: FetchedManifest): FallbackIndex | undefined {
  if (descriptor.mediaType !== mediaTypes.ociIndex) return undefined;
  try {
    const index = parseManifest(bytes, descriptor.mediaType);
    if (index.kind !== 'index') return undefined;
    return {
      document: parseObject(JSON.parse(new TextDecoder().decode(bytes)), 'index'),
      entries: index.manifests,
    };
  } catch (error) {
    if (error instanceof IntegrityError) return undefined;
    throw error;
  }
}

async function fetchIfPresent(
  keeper: Pick<ListKeeper, 'fetchManifest'>,
  tag: Tag,
  signal: AbortSignal | undefined,
): Promise<FetchedManifest | undefined> {
  try {
    return await keeper.fetchManifest(tag, signal);
  } catch (error) {
    if (error instanceof NotFoundError && error.code === 'MANIFEST_UNKNOWN') return undefined;
    throw error;
  }
}

function unlisted(keeper: ListKeeper, tag: Tag, why: string): ConflictError {
  return new ConflictError({
    code: 'REFERRER_UNLISTED',
    message: `referrer is stored and cannot be listed: ${keeper.name}:${tag}: ${why}`,
  });
}
