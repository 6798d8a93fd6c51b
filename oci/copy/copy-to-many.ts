/** The copy of an image to several places: read once, written to each, every one with its own outcome. */
import { RegistryError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type Digest, digestAlgorithm } from '../spec/digest.ts';
import { manifestSuccessors } from '../spec/manifest.ts';
import type { Tag } from '../spec/tag.ts';
import { type CopyOptions, type CopyResult, copyDefaults, resultOf, runCopy } from './copy-graph.ts';
import { openCopyMemory } from './copy-memory.ts';
import {
  copySuccessors,
  legsWithout,
  rememberSource,
  reportNode,
  type WriteManifest,
  writeByDigest,
  writeNode,
} from './copy-node.ts';
import { type CopyLeg, type CopyRun, onLeg, openLegs } from './copy-run.ts';
import { emptyTally } from './copy-tally.ts';
import type { Destination } from './destination.ts';
import type { GraphNode } from './graph-node.ts';
import { settleAll } from './graph-walk.ts';
import { type Errand, isFound, isNew, isThere, lookAt, settleQuestions, tagsToMove } from './look.ts';
import { moveTags } from './move-tags.ts';
import { carryToMany, referrersAtOnce } from './referrers/copy-referrers.ts';
import { type BegunLook, beginReferrerLook } from './referrers/referrer-look.ts';
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
  try {
    const brought = waiting.length === 0 ? undefined : await bring(source, node, waiting, options);
    return errands.map((errand) => brought?.get(errand) ?? settledOutcome(errand, node));
  } finally {
    await settleQuestions(errands);
  }
}

/** Neither beyond reach, nor done. */
function isWaiting(errand: Errand, digest: Digest, { repair = false, referrers }: CopyOptions): boolean {
  if (errand.failure !== undefined) return false;
  return repair || referrers !== undefined || !isThere(errand, digest);
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
  const { digest } = node.fetched.descriptor;
  for (const { target, named, root } of errands) {
    if (target.place === undefined) continue;
    if (named.size > 0) memory.rememberTagged(target.place);
    if (isFound(root)) memory.remember(target.place, 'manifest', digest);
  }
  const targets = errands.map(({ target, emptiness, root }) => {
    return { target, emptiness, absent: root === 'absent' ? digest : undefined };
  });
  return await runCopy(source, targets, { ...options, memory }, async (run) => {
    const outcomes = new Map<Errand, DestinationOutcome>();
    let unfinished: unknown;
    const referrers = beginReferrers(run, node, options);
    const bringing = { errands, referrers, options: { ...options, memory } };
    try {
      await run.walk.visit('manifest', node.fetched.descriptor, () => bringRoot(run, node, bringing));
    } catch (cause) {
      signal?.throwIfAborted();
      unfinished = cause;
    } finally {
      await referrers?.settle();
    }
    for (const [at, errand] of errands.entries()) outcomes.set(errand, outcomeOf(run, at, node, unfinished));
    return outcomes;
  });
}

/** What is to be done, and how. */
interface Bringing {
  readonly errands: readonly Errand[];
  /** Where what points at the image is wanted as well. */
  readonly referrers: BegunLook | undefined;
  readonly options: CopyOptions;
}

/** Looks for what points at the image while the image is copied: the source need not be waited for twice. */
function beginReferrers(
  { source, walk }: CopyRun,
  { fetched }: GraphNode,
  { referrers, concurrency = copyDefaults.concurrency }: CopyOptions,
): BegunLook | undefined {
  if (referrers === undefined) return undefined;
  const atOnce = Math.min(referrersAtOnce, concurrency);
  return beginReferrerLook(source, fetched, referrers, { signal: walk.signal, atOnce });
}

async function bringRoot(run: CopyRun, node: GraphNode, bringing: Bringing): Promise<void> {
  const { descriptor } = node.fetched;
  const { errands } = bringing;
  rememberSource(run, node);
  const isAtSource = run.source.made !== descriptor.digest;
  for (const [at, leg] of run.legs.entries()) {
    if (isAtSource && errands[at]?.isWithinSource) leg.delivery.recordManifest(node);
  }
  run.onEvent({ kind: 'started', descriptor });
  if (isReadAhead(run, descriptor, errands)) run.ahead.begin(manifestSuccessors(node.manifest));
  const lacking = await legsWithout(run, descriptor);
  const finish = finisher(run, node, lacking, bringing);

  const there = run.repair ? [] : openLegs(run).filter((leg) => !lacking.includes(leg));
  for (const leg of there) leg.isComplete = true;
  const isBrought = openLegs(run).length > 0;
  await settleAll([finish(there), ...(isBrought ? [bringContent(run, node, finish)] : [])]);
  if (isBrought) reportNode(run, node, lacking);
  else run.onEvent({ kind: 'present', descriptor });
}

/** Whether what the root lists will be needed, most likely; where the root is known to be, it will not. */
function isReadAhead(run: CopyRun, { digest }: Descriptor, errands: readonly Errand[]): boolean {
  const isKnown = ({ target }: Errand) => target.place && run.memory.has(target.place, 'manifest', digest);
  return !run.repair && errands.some((errand) => isNew(errand) && !isKnown(errand));
}

async function bringContent(
  run: CopyRun,
  node: GraphNode,
  finish: (legs: readonly CopyLeg[]) => Promise<void>,
): Promise<void> {
  await copySuccessors(run, node, 0);
  const brought = openLegs(run);
  for (const leg of brought) leg.isComplete = true;
  await finish(brought);
}

/** What is left for legs whose target has all that the root points at: what points at it, then the root under its tags. */
function finisher(run: CopyRun, node: GraphNode, lacking: readonly CopyLeg[], bringing: Bringing) {
  const { descriptor } = node.fetched;
  const { errands } = bringing;
  // A manifest with a subject is also listed among its referrers, which writing a tag does not do.
  const isReferrer = node.manifest.subject !== undefined;
  const isWide = digestAlgorithm(descriptor.digest) !== 'sha256';
  const write: WriteManifest = async (leg, manifest) => {
    const errand = errands[run.legs.indexOf(leg)];
    if (errand === undefined) return;
    if (lacking.includes(leg)) {
      if (isReferrer || errand.tags.length === 0) await writeByDigest(leg, manifest);
      else if (isWide) await writeWide(leg, manifest);
    }
    // A tag that names a manifest which is not there by its digest is written with the rest.
    const tags = lacking.includes(leg) ? errand.tags : tagsToMove(errand, descriptor.digest);
    await moveTags(errand, tags, manifest, run.walk.signal);
  };
  return async (legs: readonly CopyLeg[]): Promise<void> => {
    await carryReferrers(run, legs, bringing);
    const carried = legs.filter(({ failure }) => failure === undefined);
    await settleAll(
      carried.map((leg) =>
        onLeg(run, leg, async () => {
          await writeNode(run, leg, node, write);
          leg.isDone = true;
        }),
      ),
    );
  };
}

/**
 * By the digest that it was asked for: a registry knows what is written by a tag alone by a digest of its own choice,
 * which is sha256. Some know no other (distribution 2.8 refuses with DIGEST_INVALID): the tag names the same bytes there.
 */
const writeWide: WriteManifest = async (leg, manifest) => {
  try {
    await writeByDigest(leg, manifest);
  } catch (error) {
    if (!(error instanceof RegistryError) || !error.specCodes.includes('DIGEST_INVALID')) throw error;
  }
};

/** Before the tags, so that who waits for a signature finds it with the tag. One that must be there and is not ends the leg. */
async function carryReferrers(run: CopyRun, legs: readonly CopyLeg[], bringing: Bringing): Promise<void> {
  const { referrers, options } = bringing;
  if (referrers === undefined || legs.length === 0) return;
  const { signal } = run.walk;
  const { repair: _, ...others } = options;
  try {
    const targets = legs.map(({ delivery }) => delivery.target);
    const how = { ...others, memory: run.memory, signal };
    const outcomes = await carryToMany(run.source, targets, await referrers.look(), options.referrers, how);
    for (const [at, leg] of legs.entries()) {
      const outcome = outcomes[at];
      if (outcome?.kind === 'copied') leg.referrers = outcome.report;
      else leg.failure ??= { cause: outcome?.cause };
    }
  } catch (cause) {
    signal.throwIfAborted();
    for (const leg of legs) leg.failure ??= { cause };
  }
}

function outcomeOf(run: CopyRun, at: number, node: GraphNode, unfinished: unknown): DestinationOutcome {
  const leg = run.legs[at];
  if (leg?.failure !== undefined) return { kind: 'failed', cause: leg.failure.cause };
  if (!leg?.isDone) return { kind: 'failed', cause: unfinished };
  const { fetched } = node;
  return { kind: 'copied', result: resultOf(run, leg, fetched.descriptor, fetched) };
}
