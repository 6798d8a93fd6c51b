/**
 * Takes away what a plan says, piece by piece, each looked at once more under its lock. Whatever keeps another goes first,
 * so that a stop between any two pieces leaves nothing that points at nothing; what stays against the plan, because
 * somebody was told of it or wrote to it meanwhile, keeps what it needs.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { CollectionPlan } from './collection-plan.ts';
import type { CollectionStore } from './collection-store.ts';
import type { RepositoryPlan } from './repository-plan.ts';

/** What was taken away, and how much of the plan was not. */
export interface Collected {
  readonly manifests: readonly CollectedPlace[];
  readonly blobs: readonly CollectedPlace[];
  readonly referrerEntries: number;
  /** Thrown away, not yet gone. */
  readonly trashed: CollectedBytes;
  /** Gone for good. */
  readonly removed: CollectedBytes;
  readonly restored: number;
  /** Pieces of the plan that stayed. */
  readonly spared: number;
}

export interface CollectedPlace {
  readonly repository: RepositoryName;
  readonly digest: Digest;
}

export interface CollectedBytes {
  readonly digests: readonly Digest[];
  readonly sizeBytes: number;
}

/** Everything in the plan, as if it had been carried out whole. */
export function wholePlan(plan: CollectionPlan): Collected {
  const inRepositories = (digestsOf: (plan: RepositoryPlan) => readonly Digest[]) =>
    plan.repositories.flatMap((one) => digestsOf(one).map((digest) => ({ repository: one.repository, digest })));
  return {
    manifests: inRepositories(({ manifests }) => manifests.map(({ digest }) => digest)),
    blobs: inRepositories(({ blobs }) => blobs),
    referrerEntries: plan.repositories.reduce((sum, { referrerEntries }) => sum + referrerEntries.length, 0),
    trashed: bytesOf(plan.content),
    removed: bytesOf(plan.toRemove),
    restored: plan.toRestore.length,
    spared: 0,
  };
}

export interface Manner {
  /** Waits until others had their turn. */
  readonly yieldTurn: () => Promise<void>;
  /** Runs the removal, or returns undefined when nothing may be removed now: then the piece stays. */
  readonly unlessHeld: <Result>(removal: () => Promise<Result>) => Promise<Result | undefined>;
}

/**
 * Carries the plan out, and tells what came of it. Safe to stop at any point, and to repeat.
 *
 * What makes room comes first and what needs some last: on a full disk nobody but a collection can make any.
 */
export async function carryOut(store: CollectionStore, plan: CollectionPlan, manner: Manner): Promise<Collected> {
  for (const trashed of plan.toRestore) await store.restoreContent(trashed);
  const removed = await keepDone(plan.toRemove, manner, (trashed) => store.emptyTrash(trashed));
  const parts: RepositoryOutcome[] = [];
  for (const repository of plan.repositories) parts.push(await collectRepository(store, plan, repository, manner));
  const stayed = new Set(parts.flatMap((part) => part.stayed));
  const trash = await keepDone(
    plan.content.filter(({ digest }) => !stayed.has(digest)),
    manner,
    ({ digest }) => store.trashContent(digest, plan.mark, plan.terms.ranMs),
  );
  for (const [at, { repository, unreached }] of plan.repositories.entries()) {
    const gone = new Set(parts[at]?.manifests.map(({ digest }) => digest));
    await store.writeUnreached(repository, new Map([...unreached].filter(([digest]) => !gone.has(digest))));
  }
  return {
    manifests: parts.flatMap(({ manifests }) => manifests),
    blobs: parts.flatMap(({ blobs }) => blobs),
    referrerEntries: parts.reduce((sum, part) => sum + part.referrerEntries, 0),
    trashed: bytesOf(trash),
    removed: bytesOf(removed),
    restored: plan.toRestore.length,
    spared: parts.reduce((sum, { spared }) => sum + spared, 0) + plan.content.length - trash.length,
  };
}

interface RepositoryOutcome extends Pick<Collected, 'manifests' | 'blobs' | 'referrerEntries' | 'spared'> {
  /** Blobs of the plan that the repository still has, and so needs the content of. */
  readonly stayed: readonly Digest[];
}

async function collectRepository(
  store: CollectionStore,
  { terms: { graceMs } }: CollectionPlan,
  plan: RepositoryPlan,
  manner: Manner,
): Promise<RepositoryOutcome> {
  const { repository, mark } = plan;
  const terms = { graceMs, mark };
  const spared = new Set<Digest>();
  const placeOf = (digest: Digest) => ({ repository, digest });
  const manifests: Digest[] = [];
  for (const { digest, subject, keeps } of plan.manifests) {
    const collect = () => store.collectManifest(placeOf(digest), subject, terms);
    if (!spared.has(digest) && (await isDone(manner, collect))) manifests.push(digest);
    // Its own come later in the plan, so whoever stays keeps all of them.
    else for (const kept of [digest, ...keeps]) spared.add(kept);
  }
  const blobs = await keepDone(
    plan.blobs,
    manner,
    async (digest) => !spared.has(digest) && (await store.collectBlob(placeOf(digest), terms)),
  );
  const entries = await keepDone(plan.referrerEntries, manner, (entry) =>
    store.collectReferrerEntry(repository, entry),
  );
  const goneBlobs = new Set(blobs);
  return {
    stayed: plan.blobs.filter((digest) => !goneBlobs.has(digest)),
    manifests: manifests.map(placeOf),
    blobs: blobs.map(placeOf),
    referrerEntries: entries.length,
    spared: plan.manifests.length - manifests.length + plan.blobs.length - blobs.length,
  };
}

/** The entries of which the work is done; what is held off stays. */
async function keepDone<Entry>(
  entries: readonly Entry[],
  manner: Manner,
  work: (entry: Entry) => Promise<boolean>,
): Promise<readonly Entry[]> {
  const done: Entry[] = [];
  for (const entry of entries) if (await isDone(manner, () => work(entry))) done.push(entry);
  return done;
}

async function isDone({ yieldTurn, unlessHeld }: Manner, removal: () => Promise<boolean>): Promise<boolean> {
  await yieldTurn();
  return (await unlessHeld(removal)) === true;
}

function bytesOf(contents: readonly { readonly digest: Digest; readonly sizeBytes: number }[]): CollectedBytes {
  return {
    digests: contents.map(({ digest }) => digest),
    sizeBytes: contents.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
  };
}
