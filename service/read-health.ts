/** Readiness of the service: Redis answers, and a worker took its turn not long ago. */
import type { Redis } from 'ioredis';
import type { Readiness } from '../api/health.ts';
import type { Health } from './http/health-routes.ts';
import { keyPrefix } from './ledger/lane-keys.ts';

/** Key that lives as long as a worker's last round counts. */
const roundKey = `${keyPrefix}:round-seen`;

/**
 * How long a round counts. A round comes through the queue every few seconds, so silence for this long means that no worker takes
 * work any more, whatever its process says about itself; a round over many lanes may take a while.
 */
const roundCountsMs = 120_000;

/** Rounds that may be missed before silence counts, where they come more rarely than that. */
const roundsMissedMax = 3;

/** Notes that a worker takes its turn, and will again after `everyMs`. */
export async function recordRound(redis: Redis, everyMs: number): Promise<void> {
  await redis.set(roundKey, '1', 'PX', Math.max(roundCountsMs, roundsMissedMax * everyMs));
}

/** Asks at each call. A registry that is down is a state of its environments, and keeps nobody from the rest. */
export function openHealth(redis: Redis): Health {
  return {
    ready: async () => {
      const parts = await readParts(redis);
      return { ok: parts.every((part) => part.ok), parts };
    },
  };
}

async function readParts(redis: Redis): Promise<Readiness['parts']> {
  try {
    const seen = await redis.get(roundKey);
    const workers = seen === null ? { ok: false, detail: 'no worker has taken its turn lately' } : { ok: true };
    return [
      { name: 'redis', ok: true },
      { name: 'workers', ...workers },
    ];
  } catch {
    return [{ name: 'redis', ok: false, detail: 'redis does not answer' }];
  }
}
