/** Walking a graph: every node once, a bounded number of requests at a time, and all of it stops at the first failure. */
import { IntegrityError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { openSlots, type Slots } from './slots.ts';

/** Levels of indexes within indexes that we follow; images have one or two. */
export const graphDepthMax = 8;

/** Distinct manifests and blobs that we follow. Images have hundreds; indexes of indexes could name millions. */
export const graphNodesMax = 50_000;

/** Whether content is stored as a manifest or as a blob. One digest may be both, and is then two nodes. */
export type NodeRole = 'manifest' | 'blob';

export interface GraphWalk {
  /** Aborted when the caller's is, and when any part of the walk has failed. */
  readonly signal: AbortSignal;
  /** Runs one exchange with a repository when a slot is free. Never called from within another: that could deadlock. */
  readonly exchange: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Like `exchange`, for what moves many bytes: these have slots of their own, so that they never keep a manifest waiting. */
  readonly bulk: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Runs the work unless the node was visited before; settles when that first visit has. */
  readonly visit: (role: NodeRole, node: Descriptor, work: () => Promise<void>) => Promise<void>;
}

/** How a graph is walked. */
export interface WalkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Exchanges at once. */
  readonly concurrency: number;
  /** Large blobs at once; as many as exchanges when absent. */
  readonly bulkConcurrency?: number;
}

/**
 * What the body returns; when it fails, the first failure of any visit. By then nothing of the walk is still running.
 * The body must await every visit it starts, also when one of them fails: see `settleAll`.
 */
export async function walkGraph<Result>(
  options: WalkOptions,
  body: (walk: GraphWalk) => Promise<Result>,
): Promise<Result> {
  const halt = new AbortController();
  const walk = openWalk(options, halt);
  try {
    return await body(walk);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw halt.signal.aborted ? halt.signal.reason : error;
  }
}

/** Waits for all, then throws the first rejection in order, if there is one. */
export async function settleAll(visits: readonly Promise<void>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(visits)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}

/** @throws IntegrityError MANIFEST_INVALID when `depth` levels are more than we follow. */
export function assertDepth(depth: number, node: Descriptor): void {
  if (depth > graphDepthMax) throw tooLarge(`indexes nested deeper than ${graphDepthMax} levels`, node);
}

function openWalk(options: WalkOptions, halt: AbortController): GraphWalk {
  const signal = options.signal === undefined ? halt.signal : AbortSignal.any([options.signal, halt.signal]);
  const slots = openSlots(options.concurrency);
  const bulkSlots = openSlots(Math.min(options.bulkConcurrency ?? options.concurrency, options.concurrency));
  const inSlot =
    (pool: Slots): GraphWalk['exchange'] =>
    (work) =>
      pool(async () => {
        signal.throwIfAborted();
        return await work();
      });
  const visits = new Map<string, Promise<void>>();

  async function visitFirst(node: Descriptor, work: () => Promise<void>): Promise<void> {
    try {
      if (visits.size >= graphNodesMax) throw tooLarge(`more than ${graphNodesMax} manifests and blobs`, node);
      await work();
    } catch (error) {
      halt.abort(error);
      throw error;
    }
  }

  return {
    signal,
    exchange: inSlot(slots),
    bulk: inSlot(bulkSlots),
    visit(role, node, work) {
      const key = `${role} ${node.digest}`;
      const visit = visits.get(key) ?? visitFirst(node, work);
      visits.set(key, visit);
      return visit;
    },
  };
}

function tooLarge(why: string, node: Descriptor): IntegrityError {
  return new IntegrityError({ code: 'MANIFEST_INVALID', message: `graph too large: ${why}: at ${node.digest}` });
}
