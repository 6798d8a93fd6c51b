/** Reads all that a registry keeps, at a bounded rate, and tells what is damaged and what is missing. */
import { createHasher } from '../../oci/hash.ts';
import { type Digest, digestAlgorithm } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { type ContentNeeds, contentNeeds } from './content-needs.ts';
import type { DamagedFile, MissingContent, ScrubReport } from './scrub-report.ts';
import { scrubListedMax } from './scrub-report.ts';
import type { OpenContent, ScrubStore } from './scrub-store.ts';
import { whoNeeds } from './who-needs.ts';

export interface ScrubInit {
  readonly store: ScrubStore;
  /** Waits until so many bytes more may be read. */
  readonly pace: (sizeBytes: number) => Promise<void>;
  readonly onDamage: (file: DamagedFile) => void;
  readonly onRead: (counts: ScrubTally['counts']) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
}

interface ScrubTally {
  readonly counts: { blobs: number; bytes: number; repositories: number; manifests: number; tags: number };
  readonly damaged: DamagedFile[];
  readonly missing: MissingContent[];
}

/** The report on everything: content first, so that what was moved aside is among what is missing. */
export async function scrub(init: ScrubInit): Promise<ScrubReport> {
  const { store, now, signal } = init;
  const beganAt = now();
  const tally: ScrubTally = {
    counts: { blobs: 0, bytes: 0, repositories: 0, manifests: 0, tags: 0 },
    ...{ damaged: [], missing: [] },
  };
  for await (const digest of store.listContent()) {
    signal.throwIfAborted();
    await scrubContent(init, tally, digest);
    init.onRead(tally.counts);
  }
  const needed = new Set<string>();
  for await (const repository of store.listRepositories()) {
    signal.throwIfAborted();
    await scrubRepository(init, tally, repository, needed);
    init.onRead(tally.counts);
  }
  const { cleared, left } = await store.clearQuarantine(async (repository, digest) =>
    needed.has(`${repository}@${digest}`),
  );
  const { counts, damaged, missing } = tally;
  return {
    ...{ beganAt, endedAt: now(), read: { ...counts }, cleared, inQuarantine: left },
    damaged: damaged.slice(0, scrubListedMax),
    missing: missing.slice(0, scrubListedMax),
    unlisted: Math.max(0, damaged.length - scrubListedMax) + Math.max(0, missing.length - scrubListedMax),
  };
}

async function scrubContent(init: ScrubInit, tally: ScrubTally, digest: Digest): Promise<void> {
  const content = await init.store.openContent(digest);
  if (content === undefined) return;
  try {
    const why = await faultOf(init, tally, digest, content);
    tally.counts.blobs += 1;
    if (why === undefined || !(await init.store.quarantineContent(digest, content.stamp))) return;
    tell(init, tally, { kind: 'blob', name: digest, why });
  } finally {
    await content.close();
  }
}

async function faultOf(
  { pace, signal }: ScrubInit,
  { counts }: ScrubTally,
  digest: Digest,
  content: OpenContent,
): Promise<string | undefined> {
  const hasher = createHasher(digestAlgorithm(digest));
  try {
    for await (const chunk of content.chunks()) {
      signal.throwIfAborted();
      hasher.update(chunk);
      counts.bytes += chunk.length;
      await pace(chunk.length);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EIO') return 'the disk cannot read it';
    throw error;
  }
  const found = hasher.digest();
  return found === digest ? undefined : `its bytes are those of ${found}`;
}

function tell({ onDamage }: ScrubInit, { damaged }: ScrubTally, file: DamagedFile): void {
  damaged.push(file);
  onDamage(file);
}

async function scrubRepository(
  init: ScrubInit,
  tally: ScrubTally,
  repository: RepositoryName,
  needed: Set<string>,
): Promise<void> {
  const { store } = init;
  const tags = new Map<Tag, Digest>();
  for await (const [tag, digest] of store.listTags(repository)) {
    if (digest === 'damaged') tell(init, tally, { kind: 'tag', repository, name: tag, why: 'it is not a tag record' });
    else tags.set(tag, digest);
  }
  for await (const { tag, why } of store.listDamagedRecords(repository)) {
    tell(init, tally, { kind: 'tag', repository, name: tag, why });
  }
  const needs = await readNeeds(init, tally, repository);
  const missing = await findMissing(init, repository, tags, needs);
  for (const digest of tags.values()) needed.add(`${repository}@${digest}`);
  for (const { manifests } of needs.values()) for (const digest of manifests) needed.add(`${repository}@${digest}`);
  for (const [digest, needing] of whoNeeds(new Set(missing.keys()), needs, tags)) {
    tally.missing.push({ kind: missing.get(digest) ?? 'blob', repository, digest, ...needing });
  }
  tally.counts.repositories += 1;
  tally.counts.tags += tags.size;
}

async function readNeeds(
  init: ScrubInit,
  tally: ScrubTally,
  repository: RepositoryName,
): Promise<ReadonlyMap<Digest, ContentNeeds>> {
  const { store, pace, signal } = init;
  const needs = new Map<Digest, ContentNeeds>();
  for await (const digest of store.listManifests(repository)) {
    signal.throwIfAborted();
    const manifest = await store.readManifest(repository, digest);
    if (manifest === 'absent') continue;
    tally.counts.manifests += 1;
    if (manifest === 'damaged') {
      if (!(await store.quarantineManifest(repository, digest))) continue;
      tell(init, tally, { kind: 'manifest', repository, name: digest, why: 'its bytes are not those of its digest' });
      continue;
    }
    needs.set(digest, contentNeeds(manifest));
    await pace(manifest.bytes.length);
  }
  return needs;
}

/** What is missing is looked for twice: whatever needed it may have been deleted meanwhile, or pushed after the listing. */
async function findMissing(
  { store }: ScrubInit,
  repository: RepositoryName,
  tags: ReadonlyMap<Tag, Digest>,
  needs: ReadonlyMap<Digest, ContentNeeds>,
): Promise<ReadonlyMap<Digest, 'blob' | 'manifest'>> {
  const missing = new Map<Digest, 'blob' | 'manifest'>();
  const isThere = async (digest: Digest) => (await store.readManifest(repository, digest)) !== 'absent';
  for (const [tag, digest] of tags) {
    if (needs.has(digest) || (await isThere(digest))) continue;
    if ((await store.readTagDigest(repository, tag)) === digest) missing.set(digest, 'manifest');
  }
  for (const [parent, { blobs, manifests }] of needs) {
    for (const digest of manifests) {
      if (needs.has(digest) || (await isThere(digest)) || !(await isThere(parent))) continue;
      missing.set(digest, 'manifest');
    }
    for (const digest of blobs) {
      if ((await store.hasBlob(repository, digest)) || !(await isThere(parent))) continue;
      missing.set(digest, 'blob');
    }
  }
  return missing;
}
