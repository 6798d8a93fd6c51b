/**
 * What one collection would take away, of the whole registry. A dry run shows it, a real one carries it out: there is one
 * plan for both.
 *
 * Repositories are read one after the other, and only what is to go stays in memory. Nothing is taken away before all of
 * them were read: one that cannot be read stops the whole collection.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { CollectionStore, TrashedContent } from './collection-store.ts';
import { openDigestFilter } from './digest-filter.ts';
import { inTurns } from './in-turns.ts';
import type { LeaseMark } from './leases.ts';
import { type PlanTerms, planRepository } from './plan-repository.ts';
import type { RepositoryPlan } from './repository-plan.ts';

export interface CollectionPlan {
  readonly terms: PlanTerms;
  /** Taken before anything was read. */
  readonly mark: LeaseMark;
  /** Those in which there is something to do. */
  readonly repositories: readonly RepositoryPlan[];
  /** Content that no repository has once the plan is carried out. */
  readonly content: readonly DoomedContent[];
  /** What a repository has all the same: it was thrown away by mistake, or by somebody else. */
  readonly toRestore: readonly TrashedContent[];
  readonly toRemove: readonly TrashedContent[];
  readonly read: { readonly repositories: number; readonly manifests: number; readonly blobs: number };
  /** Whether there is more to take away than one collection does. */
  readonly more: boolean;
}

export interface DoomedContent {
  readonly digest: Digest;
  readonly sizeBytes: number;
}

export interface PlanInit {
  readonly terms: PlanTerms;
  /** Of the filter of digests; another one each time. */
  readonly seed: number;
  /** Waits until others had their turn. */
  readonly yieldTurn: () => Promise<void>;
  /** Things that one collection takes away at most; the next one goes on. */
  readonly doomedMax?: number;
}

/** Some hundred megabytes of plan in the worst case. */
const doomedDefaultMax = 200_000;

/**
 * The plan for the registry as it is now. Nothing is changed.
 * @throws IntegrityError COLLECTION_UNSAFE.
 */
export async function planCollection(store: CollectionStore, init: PlanInit): Promise<CollectionPlan> {
  const { terms, yieldTurn, doomedMax = doomedDefaultMax } = init;
  const mark = store.leases.mark();
  const linked = openDigestFilter(init.seed);
  const repositories: RepositoryPlan[] = [];
  const read = { repositories: 0, manifests: 0, blobs: 0 };
  let doomed = 0;
  for await (const repository of store.listRepositories()) {
    const { plan, blobs } = await planRepository(store, repository, terms, yieldTurn);
    const cut = doomed >= doomedMax ? postponed(plan) : plan;
    doomed += plan.manifests.length + plan.blobs.length;
    const going = new Set(cut.blobs);
    for await (const digest of inTurns(blobs, yieldTurn)) if (!going.has(digest)) linked.add(digest);
    if (hasWork(cut)) repositories.push(cut);
    read.repositories += 1;
    read.manifests += plan.kept.manifests;
    read.blobs += plan.kept.blobs;
    await yieldTurn();
  }
  const content = await findUnlinked(store, linked.has, yieldTurn, doomedMax);
  const trash = await sortTrash(store, linked.has, terms);
  return {
    ...{ terms, mark, repositories, content, read },
    ...trash,
    more: doomed > doomedMax || content.length >= doomedMax,
  };
}

/** What somebody has and what is not there goes back; all else goes for good once it is old enough. */
async function sortTrash(
  store: CollectionStore,
  isLinked: (digest: Digest) => boolean,
  { ranMs, graceMs }: PlanTerms,
): Promise<Pick<CollectionPlan, 'toRestore' | 'toRemove'>> {
  const toRestore: TrashedContent[] = [];
  const toRemove: TrashedContent[] = [];
  for await (const thrown of store.listTrash()) {
    const isMissed = isLinked(thrown.digest) && (await store.contentSizeBytes(thrown.digest)) === undefined;
    if (isMissed) toRestore.push(thrown);
    else if (ranMs - thrown.atMs >= graceMs) toRemove.push(thrown);
  }
  return { toRestore, toRemove };
}

function postponed(plan: RepositoryPlan): RepositoryPlan {
  return { ...plan, manifests: [], blobs: [], referrerEntries: [] };
}

function hasWork({ manifests, blobs, referrerEntries, unreachedChanged }: RepositoryPlan): boolean {
  return unreachedChanged || manifests.length + blobs.length + referrerEntries.length > 0;
}

async function findUnlinked(
  store: CollectionStore,
  isLinked: (digest: Digest) => boolean,
  yieldTurn: () => Promise<void>,
  most: number,
): Promise<readonly DoomedContent[]> {
  const found: DoomedContent[] = [];
  for await (const digest of inTurns(store.listContent(), yieldTurn)) {
    if (isLinked(digest)) continue;
    const sizeBytes = await store.contentSizeBytes(digest);
    if (sizeBytes !== undefined) found.push({ digest, sizeBytes });
    if (found.length >= most) break;
  }
  return found;
}
