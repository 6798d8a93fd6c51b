/** What the parts of one copy share: the source, a leg for each target, the walk, and the count of what was done. */
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import type { CopyEvent, CopyOutcome } from './copy-event.ts';
import type { CopyMemory } from './copy-memory.ts';
import { type CopyTally, emptyTally } from './copy-tally.ts';
import { type Delivery, openDelivery, type TargetSeen } from './delivery.ts';
import { type GraphWalk, type NodeRole, settleAll } from './graph-walk.ts';
import { type ManifestsAhead, openManifestsAhead } from './manifests-ahead.ts';
import type { ReferrerReport } from './referrers/referrer-report.ts';
import type { Source, Target } from './target.ts';

export interface CopyRun {
  readonly source: Source;
  readonly legs: readonly CopyLeg[];
  readonly walk: GraphWalk;
  readonly ahead: ManifestsAhead;
  readonly memory: CopyMemory;
  readonly repair: boolean;
  /** Blobs left out because their makers want them fetched from elsewhere. */
  readonly skipped: Map<Digest, Descriptor>;
  readonly onEvent: (event: CopyEvent) => void;
}

/** One target of a copy, and how far it has come. */
export interface CopyLeg {
  readonly delivery: Delivery;
  readonly tally: CopyTally;
  /** No content is to be brought any more. */
  isComplete: boolean;
  /** The root lies there under its tags. */
  isDone: boolean;
  /** Ends what is under way to a target that failed. */
  readonly stop: AbortController;
  referrers: ReferrerReport | undefined;
  /** What ended it; the others go on. */
  failure: { readonly cause: unknown } | undefined;
}

/** A target, and what is known of it. */
export interface SeenTarget extends TargetSeen {
  readonly target: Target;
}

/** What a run is opened with. */
export interface CopyRunInit {
  readonly source: Source;
  readonly targets: readonly SeenTarget[];
  readonly walk: GraphWalk;
  readonly memory: CopyMemory;
  readonly repair: boolean;
  readonly onEvent: ((event: CopyEvent) => void) | undefined;
}

/** A run that has done nothing yet. */
export function openCopyRun(init: CopyRunInit): CopyRun {
  const { source, targets, walk, memory, repair, onEvent = () => {} } = init;
  // Holes are looked for, so nothing that was seen before counts.
  if (repair) for (const { target } of targets) if (target.place !== undefined) memory.forget(target.place);
  const legs = targets.map(({ target, ...seen }) => {
    const stop = new AbortController();
    const signal = AbortSignal.any([walk.signal, stop.signal]);
    return {
      delivery: openDelivery({ target, source: source.place, memory, signal, seen }),
      tally: emptyTally(),
      isComplete: false,
      isDone: false,
      stop,
      referrers: undefined,
      failure: undefined,
    };
  });
  const ahead = openManifestsAhead(source, walk);
  return { source, legs, walk, ahead, memory, repair, skipped: new Map(), onEvent };
}

/** The legs that content is still to be brought for. */
export function openLegs(run: CopyRun): readonly CopyLeg[] {
  return run.legs.filter(({ isComplete, failure }) => !isComplete && failure === undefined);
}

/** Does the work for every leg that is open, at once. One that fails drops out; when it was the last, its error is thrown. */
export async function onEachLeg(run: CopyRun, work: (leg: CopyLeg) => Promise<void>): Promise<void> {
  await settleAll(openLegs(run).map((leg) => onLeg(run, leg, work)));
}

/** Like `onEachLeg`, for one of them. */
export async function onLeg(run: CopyRun, leg: CopyLeg, work: (leg: CopyLeg) => Promise<void>): Promise<void> {
  try {
    await work(leg);
  } catch (cause) {
    leg.failure ??= { cause };
    leg.stop.abort(cause);
    if (openLegs(run).length === 0) throw cause;
  }
}

/** Counts what became of a node at one target. */
export function recordOutcome(leg: CopyLeg, role: NodeRole, outcome: CopyOutcome, node: Descriptor): void {
  leg.tally[tallyKey(role, outcome)] += 1;
  if (outcome === 'copied') leg.tally.bytesCopied += node.size;
}

/** Reports what became of a node: where targets differ, what cost most. */
export function reportOutcome(run: CopyRun, outcomes: ReadonlySet<CopyOutcome>, node: Descriptor): void {
  const kind = (['copied', 'mounted', 'present'] as const).find((outcome) => outcomes.has(outcome));
  if (kind !== undefined) run.onEvent({ kind, descriptor: node });
}

function tallyKey(role: NodeRole, outcome: CopyOutcome): keyof CopyTally {
  switch (outcome) {
    case 'copied':
      return role === 'manifest' ? 'manifestsCopied' : 'blobsCopied';
    case 'present':
      return role === 'manifest' ? 'manifestsPresent' : 'blobsPresent';
    case 'mounted':
      return 'blobsMounted';
  }
}
