/** Whose turn it is to follow the registry, and how far whoever had it has come: in Redis, for all workers. */
import type { Redis } from 'ioredis';
import { keyPrefix } from '../ledger/lane-keys.ts';

export interface FeedTurn {
  /** Whether it is ours, from now on or still. */
  take(): Promise<boolean>;
  /** The place in the journal that was dealt with last; undefined: nobody followed yet. */
  place(): Promise<string | undefined>;
  keepPlace(place: string): Promise<void>;
  /** Lets another worker have it. */
  leave(): Promise<void>;
}

const turnKey = `${keyPrefix}:registry-feed-turn`;
const placeKey = `${keyPrefix}:registry-feed-place`;

/** How long a turn lasts without a word: longer than a request that waits, so that two seldom follow at once. */
const turnMs = 60_000;

/** Turns of the worker with this id. Two that believe to have the turn at once only look twice. */
export function openFeedTurn(redis: Redis, id: string): FeedTurn {
  return {
    async take() {
      if ((await redis.set(turnKey, id, 'PX', turnMs, 'NX')) === 'OK') return true;
      return (await redis.get(turnKey)) === id && (await redis.pexpire(turnKey, turnMs)) === 1;
    },
    place: async () => (await redis.get(placeKey)) ?? undefined,
    keepPlace: async (place) => void (await redis.set(placeKey, place)),
    async leave() {
      if ((await redis.get(turnKey)) === id) await redis.del(turnKey);
    },
  };
}
