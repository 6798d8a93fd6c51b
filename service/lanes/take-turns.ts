/**
 * The sweeper's rounds: every worker offers to make the next one, and one of them gets the turn.
 *
 * A timer and an expiring key, not a queue: what repairs lost bells must not hang on a queue itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { keyPrefix } from '../ledger/lane-keys.ts';

/** Whoever sets it has the turn; it expires before the next round is due. */
const turnKey = `${keyPrefix}:sweep-turn`;

/** How many rounds were made since Redis was empty. */
const roundsKey = `${keyPrefix}:sweep-rounds`;

/** Part of the interval for which a turn is taken: the rest is for timers that are not exact. */
const turnShare = 0.8;

export interface Rounds {
  readonly everyMs: number;
  readonly make: (round: number, signal: AbortSignal) => Promise<void>;
  readonly onTrouble: (error: unknown) => void;
}

/** Offers to make rounds until the signal is aborted. A round that fails is told, and the next one comes all the same. */
export async function takeTurns(redis: Redis, rounds: Rounds, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const turn = await redis.set(turnKey, '1', 'PX', Math.ceil(rounds.everyMs * turnShare), 'NX');
      if (turn === 'OK') await rounds.make(await redis.incr(roundsKey), signal);
    } catch (error) {
      if (!signal.aborted) rounds.onTrouble(error);
    }
    await delay(rounds.everyMs, undefined, { signal }).catch(() => undefined);
  }
}
