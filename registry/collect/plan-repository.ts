/**
 * Which manifests and blobs of a repository nothing keeps any more.
 *
 * A manifest is kept by a tag, now or among the last few digests the tag had; by an index that lists it and is kept; by
 * the subject it points at, if that is kept; by a client who was told of it lately; and for a while after all of these
 * are gone. One of a type that we do not know is kept in any case. A blob is kept by any manifest that is not taken away.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { StoredManifest } from '../storage.ts';
import type { CollectionStore, ReferrerEntry, UnreachedSince } from './collection-store.ts';
import { collectionUnsafe } from './collection-unsafe.ts';
import { leaseKey } from './content-guard.ts';
import { inTurns } from './in-turns.ts';
import type { LeaseMark, Leases } from './leases.ts';
import { edgesOf } from './manifest-edges.ts';
import { parentsFirst, reachedFrom } from './reachability.ts';
import type { DoomedManifest, RepositoryPlan } from './repository-plan.ts';
import type { RetiredTag } from './retired-tag.ts';

export interface PlanTerms {
  readonly graceMs: number;
  readonly untaggedForMs: number;
  readonly previousDigests: number;
  /** The registry's running time. */
  readonly ranMs: number;
  /** When the last whole collection began: what was touched since is new to this one. */
  readonly lastMark: LeaseMark;
  /** Tags that are there and taken for gone, as if they had been removed just now. */
  readonly retired: readonly RetiredTag[];
}

/** A manifest and what it keeps, in so far as it is in the repository. */
interface Node {
  readonly sizeBytes: number;
  readonly subject: Digest | undefined;
  readonly opaque: boolean;
  readonly manifests: Digest[];
  readonly blobs: readonly Digest[];
}

type Nodes = ReadonlyMap<Digest, Node>;

export interface PlannedRepository {
  readonly plan: RepositoryPlan;
  /** Every blob that may be read in it, those that are to go included. */
  readonly blobs: Iterable<Digest>;
}

/** The plan for the repository as it is now. Nothing is changed. Others have their turn between any two walks of its graph. */
export async function planRepository(
  store: CollectionStore,
  repository: RepositoryName,
  terms: PlanTerms,
  yieldTurn: () => Promise<void>,
): Promise<PlannedRepository> {
  const mark = store.leases.mark();
  const blobs = await readBlobs(store, repository);
  const nodes = await readNodes(inTurns(store.listManifests(repository), yieldTurn), blobs);
  const retired = new Map(
    terms.retired.flatMap((one) => (one.repository === repository ? [[one.tag, one.digest]] : [])),
  );
  const touches = openTouches(store.leases, repository, new Set(retired.values()));
  const roots = await readRoots(store, repository, { nodes, touches, retired, yieldTurn }, terms);
  const next = (digest: Digest) => nodes.get(digest)?.manifests ?? [];
  const reached = reachedFrom(roots, next);
  const written = await store.readUnreached(repository);
  await yieldTurn();
  const unreached = sinceOf({ nodes, touches, reached, written }, terms);
  await yieldTurn();
  const waiting = [...unreached].filter(([, since]) => terms.ranMs - since < terms.untaggedForMs);
  const kept = reachedFrom([...reached, ...waiting.map(([digest]) => digest)], next);
  await yieldTurn();
  const doomed = [...nodes.keys()].filter((digest) => !kept.has(digest));
  await yieldTurn();
  const doomedBlobs = findDoomedBlobs({ blobs, nodes, touches, kept, terms });
  const plan = {
    repository,
    mark,
    manifests: parentsFirst(doomed, orderOf(nodes)).flatMap((digest) => doomedOf(digest, nodes)),
    blobs: doomedBlobs,
    referrerEntries: await readStrayEntries(store, repository, nodes),
    unreached,
    unreachedChanged: !isSame(unreached, written),
    kept: { manifests: kept.size, blobs: blobs.size - doomedBlobs.length },
  };
  return { plan, blobs: blobs.keys() };
}

function isSame(one: UnreachedSince, other: UnreachedSince): boolean {
  return one.size === other.size && [...one].every(([digest, since]) => other.get(digest) === since);
}

async function readBlobs(store: CollectionStore, repository: RepositoryName): Promise<Map<Digest, Digest>> {
  const blobs = new Map<Digest, Digest>();
  for await (const digest of store.listBlobs(repository)) blobs.set(digest, digest);
  return blobs;
}

/** Edges to what is not in the repository are left out, and each digest is in memory once, however often it is named. */
async function readNodes(manifests: AsyncIterable<StoredManifest>, blobs: ReadonlyMap<Digest, Digest>): Promise<Nodes> {
  const nodes = new Map<Digest, Node>();
  const named = new Map<Node, readonly Digest[]>();
  for await (const manifest of manifests) {
    const edges = edgesOf(manifest);
    const node: Node = {
      sizeBytes: manifest.bytes.length,
      subject: manifest.subject,
      opaque: edges.opaque,
      manifests: [],
      blobs: edges.blobs.flatMap((digest) => blobs.get(digest) ?? []),
    };
    nodes.set(manifest.digest, node);
    if (edges.manifests.length > 0) named.set(node, edges.manifests);
  }
  for (const [node, digests] of named) node.manifests.push(...digests.filter((digest) => nodes.has(digest)));
  for (const [digest, { subject }] of nodes) {
    if (subject !== undefined) nodes.get(subject)?.manifests.push(digest);
  }
  return nodes;
}

/** When clients were last told of what is in the repository. */
interface Touches {
  ageMs(digest: Digest): number;
  since(digest: Digest, mark: LeaseMark): boolean;
}

/** Those that the leases know of; what loses a tag is touched by that. */
function openTouches(leases: Leases, repository: RepositoryName, untagged: ReadonlySet<Digest>): Touches {
  return {
    ageMs: (digest) => (untagged.has(digest) ? 0 : leases.ageMs(leaseKey({ repository, digest }))),
    since: (digest, mark) => untagged.has(digest) || leases.touchedSince(leaseKey({ repository, digest }), mark),
  };
}

interface RootQuestion {
  readonly nodes: Nodes;
  readonly touches: Touches;
  readonly retired: ReadonlyMap<Tag, Digest>;
  readonly yieldTurn: () => Promise<void>;
}

async function readRoots(
  store: CollectionStore,
  repository: RepositoryName,
  { nodes, touches, retired, yieldTurn }: RootQuestion,
  { previousDigests, graceMs }: PlanTerms,
): Promise<readonly Digest[]> {
  const roots = new Set<Digest>();
  for await (const { tag, digest, previous } of inTurns(store.listTags(repository), yieldTurn)) {
    if (retired.get(tag) === digest) continue;
    if (!nodes.has(digest)) await assertWhole(store, { repository, tag, digest });
    for (const pinned of [digest, ...previous.slice(0, previousDigests)]) if (nodes.has(pinned)) roots.add(pinned);
  }
  for (const [digest, { opaque }] of nodes) {
    if (opaque || touches.ageMs(digest) < graceMs) roots.add(digest);
  }
  return [...roots];
}

/**
 * A tag whose manifest is not there, though neither was written or deleted while we looked, is damage: what the lost
 * manifest needs must stay until somebody has brought it back or given it up.
 */
async function assertWhole(
  store: CollectionStore,
  { repository, tag, digest }: { repository: RepositoryName; tag: Tag; digest: Digest },
): Promise<void> {
  if (await store.hasManifest(repository, digest)) return;
  if ((await store.readTagDigest(repository, tag)) !== digest) return;
  if (await store.hasManifest(repository, digest)) return;
  throw collectionUnsafe(`${repository}:${tag}`, `its manifest ${digest} is not there`);
}

interface SinceQuestion {
  readonly nodes: Nodes;
  readonly touches: Touches;
  readonly reached: ReadonlySet<Digest>;
  /** What the last collection wrote. */
  readonly written: UnreachedSince;
}

/** For each manifest that nothing reaches: since when, as far as anybody knows. */
function sinceOf({ nodes, touches, reached, written }: SinceQuestion, { ranMs, lastMark }: PlanTerms): UnreachedSince {
  const since = new Map<Digest, number>();
  for (const digest of nodes.keys()) {
    if (reached.has(digest)) continue;
    since.set(digest, touches.since(digest, lastMark) ? ranMs : Math.min(written.get(digest) ?? ranMs, ranMs));
  }
  return since;
}

interface BlobQuestion {
  readonly blobs: ReadonlyMap<Digest, Digest>;
  readonly nodes: Nodes;
  readonly touches: Touches;
  readonly kept: ReadonlySet<Digest>;
  readonly terms: PlanTerms;
}

function findDoomedBlobs({ blobs, nodes, touches, kept, terms }: BlobQuestion): readonly Digest[] {
  const needed = new Set<Digest>();
  for (const digest of kept) {
    for (const blob of nodes.get(digest)?.blobs ?? []) needed.add(blob);
  }
  return [...blobs.keys()].filter((digest) => !needed.has(digest) && touches.ageMs(digest) >= terms.graceMs);
}

/**
 * What goes after a manifest: what it lists, and its referrers, unless one of these lists the manifest itself. Lists never
 * go round in circles, so that no index loses what it lists before it goes.
 */
function orderOf(nodes: Nodes): (digest: Digest) => readonly Digest[] {
  const isReferrer = (digest: Digest, subject: Digest) => nodes.get(digest)?.subject === subject;
  const next = (digest: Digest) => nodes.get(digest)?.manifests ?? [];
  const listed = (digest: Digest) => next(digest).filter((one) => !isReferrer(one, digest));
  return (digest) => next(digest).filter((one) => !isReferrer(one, digest) || !reachedFrom([one], listed).has(digest));
}

function doomedOf(digest: Digest, nodes: Nodes): readonly DoomedManifest[] {
  const node = nodes.get(digest);
  if (node === undefined) return [];
  const { sizeBytes, subject, manifests, blobs } = node;
  return [{ digest, sizeBytes, subject, keeps: [...manifests, ...blobs] }];
}

async function readStrayEntries(
  store: CollectionStore,
  repository: RepositoryName,
  nodes: Nodes,
): Promise<readonly ReferrerEntry[]> {
  const stray: ReferrerEntry[] = [];
  for await (const entry of store.listReferrerEntries(repository)) {
    if (!nodes.has(entry.referrer) && !(await store.hasManifest(repository, entry.referrer))) stray.push(entry);
  }
  return stray;
}
