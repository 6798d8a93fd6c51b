/** The one stream of events that every door shows: a Redis stream, bounded, whose ids resume it. */
import type { Redis } from 'ioredis';
import type { EventType } from '../../api/event.ts';
import { keyPrefix } from '../ledger/lane-keys.ts';

/** Key of the stream. */
export const eventStreamKey = `${keyPrefix}:events`;

/** Events kept: enough for a reader to come back after a night. */
const eventsKept = 20_000;

/** Adds an event; the payload must hold no secret. */
export async function appendEvent(redis: Redis, type: EventType, payload: unknown, now: number): Promise<void> {
  const at = new Date(now).toISOString();
  const fields = ['type', type, 'at', at, 'json', JSON.stringify(payload)];
  await redis.xadd(eventStreamKey, 'MAXLEN', '~', eventsKept, '*', ...fields);
}
