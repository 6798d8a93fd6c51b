/** A worker: BullMQ workers on the two doorbells, and its turns at the sweeper's rounds. */
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { formatLaneKey, type LaneKey, parseLaneKey } from '../../core/lane-key.ts';
import { ConflictError, TransportError } from '../../errors/errors.ts';
import { relayOutbox } from '../events/relay-outbox.ts';
import { abortChannel, type DoorbellJob, queueNames, queuePrefix } from './bell.ts';
import { drain } from './drain.ts';
import type { LaneParts } from './lane-parts.ts';
import { takeTurns } from './take-turns.ts';

export interface WorkerInit {
  readonly parts: LaneParts;
  /** Connection options for BullMQ and for the subscription; every connection is the worker's own. */
  readonly connect: () => Redis;
  readonly sweepEveryMs: number;
  /** BullMQ's lock: a worker that is silent for longer loses its jobs to another one. */
  readonly lockMs: number;
  /** Called once a round, by one worker of all. */
  readonly onRound: (round: number, signal: AbortSignal) => Promise<void>;
}

export interface RunningWorker {
  /** Stops taking work; what is under way is aborted at its next step after the deadline. */
  close(deadlineMs: number): Promise<void>;
}

/** Lanes that one worker process drains at the same time, and places of their own for rollbacks. */
const drainConcurrency = 16;
const rollbackConcurrency = 4;

/** How often, within one lock, workers look for jobs whose worker fell silent. */
const stalledLooksPerLock = 5;

/** How often a worker that waits looks for jobs by itself: Redis may wake one that fell silent in its place. */
const lookEverySeconds = 1;

/** Restarts and crashes count as stalls; the mailbox makes repeats safe, so many are allowed. */
const stalledCountMax = 1_000;

/** Starts the worker. */
export async function openWorker(init: WorkerInit): Promise<RunningWorker> {
  const { parts, connect } = init;
  const active = new Map<string, Set<AbortController>>();
  const closing = new AbortController();
  const connections = [connect(), connect(), connect()] as const;
  const [drainRedis, rollbackRedis, subscriber] = connections;

  const work = (job: Job<DoorbellJob>, _token: string | undefined, _signal: AbortSignal | undefined) =>
    drainJob(parseLaneKey(job.data.lane), parts, active, closing.signal);
  const workerOptions = {
    prefix: queuePrefix,
    lockDuration: init.lockMs,
    stalledInterval: init.lockMs / stalledLooksPerLock,
    maxStalledCount: stalledCountMax,
    drainDelay: lookEverySeconds,
  };
  const workers = [
    new Worker<DoorbellJob>(queueNames.drain, work, {
      ...workerOptions,
      connection: drainRedis,
      concurrency: drainConcurrency,
    }),
    new Worker<DoorbellJob>(queueNames.rollback, work, {
      ...workerOptions,
      connection: rollbackRedis,
      concurrency: rollbackConcurrency,
    }),
  ];
  for (const worker of workers) worker.on('error', (error) => parts.onLaneEvent({ kind: 'trouble', error }));
  await listenForAborts(subscriber, active);
  const onTrouble = (error: unknown) => parts.onLaneEvent({ kind: 'trouble', error });
  const rounds = takeTurns(parts.redis, { everyMs: init.sweepEveryMs, make: init.onRound, onTrouble }, closing.signal);

  return {
    close: async (deadlineMs) => {
      const closed = Promise.all(workers.map((worker) => worker.close()));
      const late = setTimeout(() => closing.abort(shuttingDown()), deadlineMs);
      await closed.finally(() => clearTimeout(late));
      closing.abort(shuttingDown());
      await rounds;
      for (const connection of connections) connection.disconnect();
    },
  };
}

async function drainJob(
  lane: LaneKey,
  parts: LaneParts,
  active: Map<string, Set<AbortController>>,
  closing: AbortSignal,
): Promise<void> {
  const name = formatLaneKey(lane);
  const controller = new AbortController();
  const controllers = active.get(name) ?? new Set();
  active.set(name, controllers.add(controller));
  try {
    await drain(lane, parts, AbortSignal.any([controller.signal, closing]));
  } finally {
    controllers.delete(controller);
    if (controllers.size === 0) active.delete(name);
    await relayOutbox(parts.redis, lane, parts.now()).catch((error) => parts.onLaneEvent({ kind: 'trouble', error }));
  }
}

/** A rollback names its lane here: whoever works in it stops at once instead of at its next step. Rule: lane-protocol, "3". */
async function listenForAborts(subscriber: Redis, active: ReadonlyMap<string, Set<AbortController>>): Promise<void> {
  subscriber.on('message', (_channel: string, lane: string) => {
    const reason = new ConflictError({ code: 'COMMAND_ABORTED', message: `a rollback of ${lane} came in` });
    for (const controller of active.get(lane) ?? []) controller.abort(reason);
  });
  await subscriber.subscribe(abortChannel);
}

function shuttingDown(): TransportError {
  return new TransportError({ code: 'SERVICE_CLOSING', message: 'the worker is shutting down' });
}
