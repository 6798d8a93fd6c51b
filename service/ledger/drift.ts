/** Noting that an environment tag was moved by other hands, and that it is right again. */
import type { Redis } from 'ioredis';
import type { LaneKey } from '../../core/lane-key.ts';
import { appendEvent } from '../events/event-log.ts';
import { lanePrefix } from './lane-keys.ts';
import { type Drift, parseJson } from './lane-state.ts';

/** What a look at the lane found. */
export interface Found {
  /** Digest under the environment tag; undefined when the tag is absent. */
  readonly tag: string | undefined;
  /** Digest of the ledger. */
  readonly expected: string | undefined;
}

/** Writes down that the lane has drifted, or that it has not; says so once per change. */
export async function noteDrift(
  redis: Redis,
  lane: LaneKey,
  found: Found,
  drifted: boolean,
  now: number,
): Promise<void> {
  const key = lanePrefix(lane);
  const known = parseJson<Drift>((await redis.hget(key, 'drift')) ?? undefined);
  if (!drifted) {
    if (known !== undefined) await redis.hdel(key, 'drift');
    return;
  }
  const drift: Drift = { found: found.tag ?? '', expected: found.expected ?? '', since: new Date(now).toISOString() };
  if (known?.found === drift.found && known.expected === drift.expected) return;
  await redis.hset(key, 'drift', JSON.stringify(drift));
  await appendEvent(redis, 'environment.drifted', { ...lane, found: drift.found, expected: drift.expected }, now);
}
