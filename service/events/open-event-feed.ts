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

/** The place before the first event. */
const beginning = '0-0';

export interface OpenEventFeed extends EventFeed {
  close(): void;
}

/** Starts reading. `reader` is the feed's own connection, because it blocks; `redis` may be shared. */
export function openEventFeed(redis: Redis, reader: Redis): OpenEventFeed {
  const bell = openBell();
  const closed = new AbortController();
  reader.on('ready', () => bell.ring());
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

/** Rings for every event. After a silence the place is looked up anew: Redis may have become another one. */
async function tail(reader: Redis, bell: WakeBell, signal: AbortSignal): Promise<void> {
  let place: string | undefined;
  while (!signal.aborted) {
    try {
      // A place by its id, not `$`: what is added between two reads would wake nobody.
      place ??= await lastId(reader);
      bell.ring();
      const answer = await reader.xread('COUNT', batchSize, 'BLOCK', blockMs, 'STREAMS', eventStreamKey, place);
      place = answer?.[0]?.[1].at(-1)?.[0];
    } catch {
      // Redis comes back by itself; listeners look again as soon as it has.
      place = undefined;
      await new Promise((resolve) => setTimeout(resolve, troubleDelayMs));
    }
  }
}

async function* readEvents(
  redis: Redis,
  since: string | undefined,
  signal: AbortSignal,
  bell: WakeBell,
): AsyncGenerator<FeedEvent> {
  // Rung at the end as well: a promise to race with would keep something of every wait for as long as the reader stays.
  signal.addEventListener('abort', bell.ring);
  try {
    let place = since ?? (await lastId(redis));
    while (!signal.aborted) {
      const next = bell.next();
      const look = await lookFrom(redis, place);
      if (look.isLost) yield { id: place, type: 'resync', at: new Date(0).toISOString(), json: '{}' };
      place = look.place;
      for (const [id, fields] of look.entries) {
        place = id;
        const event = parseEvent(id, fields);
        if (event !== undefined) yield event;
        if (signal.aborted) return;
      }
      if (look.entries.length < batchSize) await next;
    }
  } finally {
    signal.removeEventListener('abort', bell.ring);
  }
}

interface Look {
  /** Whether events behind the place may be gone, or the log may be another one. */
  readonly isLost: boolean;
  readonly entries: readonly [id: string, fields: string[]][];
  /** Where the entries begin. */
  readonly place: string;
}

/** Every look begins at the event that was seen last: when that is not there, some behind it may have gone with it. */
async function lookFrom(redis: Redis, place: string): Promise<Look> {
  const found = await redis.xrange(eventStreamKey, place, '+', 'COUNT', batchSize + 1);
  const entries = found.filter(([id]) => id !== place);
  const isLost = place !== beginning && entries.length === found.length;
  const isElsewhere = isLost && entries.length === 0;
  return { isLost, entries, place: isElsewhere ? await lastId(redis) : place };
}

function parseEvent(id: string, fields: readonly string[]): FeedEvent | undefined {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
  const type: string = field('type');
  return isEventType(type) ? { id, type: type satisfies EventType, at: field('at'), json: field('json') } : undefined;
}

async function lastId(redis: Redis): Promise<string> {
  const [newest] = await redis.xrevrange(eventStreamKey, '+', '-', 'COUNT', 1);
  return newest?.[0] ?? beginning;
}
