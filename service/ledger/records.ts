/** The releases that were current in a lane, as Redis remembers them: what history is asked for without a request. */
import type { Redis } from 'ioredis';
import type { LaneKey } from '../../core/lane-key.ts';
import type { ReleaseRecord } from '../../core/release-record.ts';
import { lanePrefix } from './lane-keys.ts';
import { parseJson } from './lane-state.ts';

/** The lane's committed releases, oldest first; the last one is current. */
export async function readRecords(redis: Redis, lane: LaneKey): Promise<readonly ReleaseRecord[]> {
  const texts = await redis.lrange(`${lanePrefix(lane)}:records`, 0, -1);
  return texts.flatMap((text) => parseJson<ReleaseRecord>(text) ?? []);
}
