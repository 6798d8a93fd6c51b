/** The event stream read back: one reader of Redis per process, whoever listens. */
import type { Redis } from 'ioredis';
import { type EventType, isEventType } from '../../api/event.ts';
import type { EventFeed, FeedEvent } from '../http/event-feed.ts';
import { eventStreamKey } from './event-log.ts';

/** Events read at once; a slow listener makes no more than this wait in memory. */
const batchSize = 200;

/** How long one blocking read waits for an event. */
const blockMs = 5_000;

/** How long to wait before reading again after Redis failed. */
const troubleDelayMs = 1_000;

export interface OpenEventFeed extends EventFeed {
  close(): void;
}

/** Starts reading. `reader` is the feed's own connection, because it blocks; `redis` may be shared. */
export function openEventFeed(redis: Redis, reader: Redis): OpenEventFeed {
  const bell = openBell();
  const closed = new AbortController();
  void tail(reader, bell, closed.signal);
  return {
    read: (since, signal) => readEvents(redis, since, AbortSignal.any([signal, closed.signal]), bell),
    close: () => {
      closed.abort();
      bell.ring();
      reader.disconnect();
    },
  };
}

/** Wakes everybody who waits. */
interface WakeBell {
  ring(): void;
  next(): Promise<void>;
}

function openBell(): WakeBell {
  let current = Promise.withResolvers<void>();
  return {
    ring: () => {
      current.resolve();
      current = Promise.withResolvers<void>();
    },
    next: () => current.promise,
  };
}

async function tail(reader: Redis, bell: WakeBell, signal: AbortSignal): Promise<void> {
  let last = '$';
  while (!signal.aborted) {
    try {
      const answer = await reader.xread('COUNT', batchSize, 'BLOCK', blockMs, 'STREAMS', eventStreamKey, last);
      const entries = answer?.[0]?.[1] ?? [];
      last = entries.at(-1)?.[0] ?? last;
      if (entries.length > 0) bell.ring();
    } catch {
      // Redis comes back by itself; listeners look again as soon as it has.
      await new Promise((resolve) => setTimeout(resolve, troubleDelayMs));
      bell.ring();
    }
  }
}

async function* readEvents(
  redis: Redis,
  since: string | undefined,
  signal: AbortSignal,
  bell: WakeBell,
): AsyncGenerator<FeedEvent> {
  let last = since ?? (await lastId(redis));
  if (since !== undefined && (await isTrimmed(redis, since))) {
    yield { id: since, type: 'resync', at: new Date(Number(since.split('-')[0])).toISOString(), json: '{}' };
  }
  while (!signal.aborted) {
    const next = Promise.race([bell.next(), aborted(signal)]);
    const entries = await redis.xrange(eventStreamKey, `(${last}`, '+', 'COUNT', batchSize);
    for (const [id, fields] of entries) {
      last = id;
      const event = parseEvent(id, fields);
      if (event !== undefined) yield event;
      if (signal.aborted) return;
    }
    if (entries.length < batchSize) await next;
  }
}

function parseEvent(id: string, fields: readonly string[]): FeedEvent | undefined {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
  const type: string = field('type');
  return isEventType(type) ? { id, type: type satisfies EventType, at: field('at'), json: field('json') } : undefined;
}

async function lastId(redis: Redis): Promise<string> {
  const [newest] = await redis.xrevrange(eventStreamKey, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? '0-0';
}

/** Whether events behind the id were dropped already. */
async function isTrimmed(redis: Redis, since: string): Promise<boolean> {
  const [oldest] = await redis.xrange(eventStreamKey, '-', '+', 'COUNT', 1);
  const trimmed = await redis.xlen(eventStreamKey);
  return oldest !== undefined && trimmed >= eventsBeforeTrim && compareIds(since, oldest[0]) < 0;
}

/** Below this length nothing was ever trimmed: event-log.ts keeps more. */
const eventsBeforeTrim = 15_000;

function compareIds(a: string, b: string): number {
  const [aMs = '0', aSequence = '0'] = a.split('-');
  const [bMs = '0', bSequence = '0'] = b.split('-');
  return Number(aMs) - Number(bMs) || Number(aSequence) - Number(bSequence);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
