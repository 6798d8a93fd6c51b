/** The outbox: what the lane's scripts announced, carried to the stream of events. At least once; never holds up a lane. */
import type { Redis } from 'ioredis';
import { isEventType } from '../../api/event.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { lanePrefix } from '../ledger/lane-keys.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import { appendEvent } from './event-log.ts';

/** Announcements carried in one go. */
const batchSize = 100;

/** Empties the lane's outbox into the event stream. A crash between the two steps repeats an event, never loses one. */
export async function relayOutbox(redis: Redis, lane: LaneKey, now: number): Promise<void> {
  const outbox = `${lanePrefix(lane)}:outbox`;
  for (;;) {
    const announcements = await redis.xrange(outbox, '-', '+', 'COUNT', batchSize);
    for (const [entryId, fields] of announcements) {
      await relayOne(redis, lane, fields, now);
      await redis.xdel(outbox, entryId);
    }
    if (announcements.length < batchSize) return;
  }
}

async function relayOne(redis: Redis, lane: LaneKey, fields: readonly string[], now: number): Promise<void> {
  const type = fields[fields.indexOf('type') + 1] ?? '';
  const id = fields[fields.indexOf('id') + 1] ?? '';
  if (!isEventType(type)) return;
  const promotion = id === '' ? undefined : await readPromotion(redis, lane, id);
  await appendEvent(redis, type, promotion ?? { ...lane }, now);
}
