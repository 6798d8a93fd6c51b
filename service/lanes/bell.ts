/** The doorbell: BullMQ jobs that only say which lane has something to do. Losing or repeating one changes nothing. */
import { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { formatLaneKey, type LaneKey } from '../../core/lane-key.ts';
import { keyPrefix } from '../ledger/lane-keys.ts';

/** Prefix of all queues, in braces: one hash tag, as Redis Cluster wants it. */
export const queuePrefix = `{${keyPrefix}-queue}`;

/** The queues: the lanes' ordinary bell, and the rollbacks' own. */
export const queueNames = { drain: 'drain', rollback: 'rollback' } as const;

/** Redis channel on which the aborted lane is named. */
export const abortChannel = `${keyPrefix}:abort`;

export interface DoorbellJob {
  readonly lane: string;
}

export interface Bell {
  /** Rings for the lane, once however often while it is being worked in, and again afterwards. */
  ring(lane: LaneKey): Promise<void>;
  ringLater(lane: LaneKey, delayMs: number): Promise<void>;
  /** Rings on the rollbacks' own queue, past whoever is stuck, and tells that worker to stop. */
  ringRollback(lane: LaneKey): Promise<void>;
  close(): Promise<void>;
}

const keptJobs = { removeOnComplete: true, removeOnFail: { count: 100 } } as const;

/** A bell on this Redis. `onTrouble` hears of lost connections, which come back by themselves. */
export function openBell(redis: Redis, onTrouble: (error: Error) => void = () => undefined): Bell {
  const options = { connection: redis, prefix: queuePrefix };
  const drain = new Queue<DoorbellJob>(queueNames.drain, options);
  const rollback = new Queue<DoorbellJob>(queueNames.rollback, options);
  for (const queue of [drain, rollback]) queue.on('error', onTrouble);
  return {
    ring: async (lane) => {
      const name = formatLaneKey(lane);
      const deduplication = { id: name, keepLastIfActive: true };
      await drain.add('drain', { lane: name }, { ...keptJobs, deduplication });
    },
    ringLater: async (lane, delayMs) => {
      await drain.add('drain', { lane: formatLaneKey(lane) }, { ...keptJobs, delay: delayMs });
    },
    ringRollback: async (lane) => {
      const name = formatLaneKey(lane);
      await redis.publish(abortChannel, name);
      await rollback.add('rollback', { lane: name }, keptJobs);
    },
    close: async () => void (await Promise.all([drain.close(), rollback.close()])),
  };
}
