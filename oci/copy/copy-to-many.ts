/** The copy of an image to several places: read once, written to each, every one with its own outcome. */
import { type Digest, digestAlgorithm } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import { type CopyOptions, type CopyResult, resultOf, runCopy } from './copy-graph.ts';
import { openCopyMemory } from './copy-memory.ts';
import { copyNode, legsWithout, rememberSource, type WriteManifest, writeByDigest, writeNode } from './copy-node.ts';
import { type CopyLeg, type CopyRun, emptyTally, onEachLeg } from './copy-run.ts';
import type { Destination } from './destination.ts';
import type { GraphNode } from './graph-node.ts';
import { type Errand, lookAt, tagsToMove } from './look.ts';
import { moveTags } from './move-tags.ts';
import type { Source } from './target.ts';

/** What became of one destination. */
export type DestinationOutcome =
  | { readonly kind: 'copied'; readonly result: CopyResult }
  | { readonly kind: 'failed'; readonly cause: unknown };

/**
 * Copies what `tagOrDigest` names to every destination, like `copy`, and answers their outcomes in the order given.
 * What several of them lack is read from the source once. One that fails leaves the others alone.
 *
 * @throws what the source's side throws while it is looked at, and the signal's reason.
 */
export async function copyToMany(
  source: Source,
  tagOrDigest: Tag | Digest,
  destinations: readonly Destination[],
  options: CopyOptions = {},
): Promise<readonly DestinationOutcome[]> {
  const { root, node, errands } = await lookAt(source, tagOrDigest, destinations, options);
  if (node === undefined) {
    const result = { root, ...emptyTally(), manifestsPresent: 1, manifest: undefined, skipped: [] };
    return errands.map(() => ({ kind: 'copied', result }));
  }
  const waiting = errands.filter((errand) => isWaiting(errand, root.digest, options));
  const brought = await bring(source, node, waiting, options);
  return errands.map((errand) => brought.get(errand) ?? settledOutcome(errand, node));
}

/** Neither beyond reach, nor tagged as wanted. */
function isWaiting(errand: Errand, digest: Digest, { repair = false }: CopyOptions): boolean {
  if (errand.failure !== undefined) return false;
  return repair || errand.tags.length === 0 || tagsToMove(errand, digest).length > 0;
}

function settledOutcome(errand: Errand, { fetched }: GraphNode): DestinationOutcome {
  if (errand.failure !== undefined) return { kind: 'failed', cause: errand.failure.cause };
  const tally = { ...emptyTally(), manifestsPresent: 1 };
  return { kind: 'copied', result: { root: fetched.descriptor, ...tally, manifest: fetched, skipped: [] } };
}

/** Brings the node to every errand that is waiting. */
async function bring(
  source: Source,
  node: GraphNode,
  errands: readonly Errand[],
  options: CopyOptions,
): Promise<ReadonlyMap<Errand, DestinationOutcome>> {
  const { memory = openCopyMemory(() => 0), signal } = options;
  for (const { target, named } of errands) if (target.place && named.size > 0) memory.rememberTagged(target.place);
  const outcomes = new Map<Errand, DestinationOutcome>();
  const targets = errands.map(({ target }) => target);
  const record = (run: CopyRun, unfinished: unknown) => {
    for (const [at, leg] of run.legs.entries()) {
      const errand = errands[at];
      if (errand !== undefined) outcomes.set(errand, outcomeOf(run, leg, node, unfinished));
    }
  };
  await runCopy(source, targets, { ...options, memory }, async (run) => {
    try {
      await run.walk.visit('manifest', node.fetched.descriptor, () => bringRoot(run, node, errands));
      record(run, undefined);
    } catch (cause) {
      signal?.throwIfAborted();
      record(run, cause);
    }
  });
  return outcomes;
}

async function bringRoot(run: CopyRun, node: GraphNode, errands: readonly Errand[]): Promise<void> {
  const { descriptor } = node.fetched;
  const errandOf = new Map(run.legs.map((leg, at) => [leg, errands[at]]));
  const move = async (leg: CopyLeg) => {
    const errand = errandOf.get(leg);
    if (errand === undefined) return;
    await moveTags(errand, tagsToMove(errand, descriptor.digest), node.fetched, run.walk.signal);
  };
  // A manifest with a subject is also listed among its referrers, which writing a tag does not do; and a registry
  // knows what is written by a tag alone by a digest of its own choice, which is sha256.
  const isByDigest = node.manifest.subject !== undefined || digestAlgorithm(descriptor.digest) !== 'sha256';
  const write: WriteManifest = async (leg, manifest) => {
    if (isByDigest || errandOf.get(leg)?.tags.length === 0) await writeByDigest(leg, manifest);
    await move(leg);
  };

  rememberSource(run, node);
  for (const leg of run.legs) if (errandOf.get(leg)?.isWithinSource) leg.delivery.recordManifest(node);
  run.onEvent({ kind: 'started', descriptor });
  const lacking = await legsWithout(run, descriptor);
  await onEachLeg(run, async (leg) => {
    if (run.repair || lacking.includes(leg)) return;
    await writeNode(run, leg, node, move);
    leg.isComplete = true;
  });
  if (lacking.length === 0 && !run.repair) return run.onEvent({ kind: 'present', descriptor });
  await copyNode(run, node, 0, lacking, write);
  await onEachLeg(run, async (leg) => {
    if (!lacking.includes(leg)) await writeNode(run, leg, node, move);
    leg.isComplete = true;
  });
}

function outcomeOf(run: CopyRun, leg: CopyLeg, node: GraphNode, unfinished: unknown): DestinationOutcome {
  if (leg.failure !== undefined) return { kind: 'failed', cause: leg.failure.cause };
  if (!leg.isComplete) return { kind: 'failed', cause: unfinished };
  const { fetched } = node;
  return { kind: 'copied', result: resultOf(run, leg, fetched.descriptor, fetched) };
}
