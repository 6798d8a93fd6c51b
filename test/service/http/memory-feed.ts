/** A log of events in memory: events are kept, and readers are woken as they come. */
import { EventEmitter, once } from 'node:events';
import type { EventType } from '../../../api/event.ts';
import type { EventFeed, FeedEvent } from '../../../service/http/event-feed.ts';

export interface MemoryFeed extends EventFeed {
  /** Adds an event; ids count up. */
  append(type: EventType, payload: unknown): FeedEvent;
  /** Forgets events up to and with the id. */
  trim(id: string): void;
  /** Readers at this moment. */
  readers(): number;
  /** Events that readers have taken so far. */
  taken(): number;
  /** Makes readers fail from now on. */
  failWith: Error | undefined;
}

/** Opens an empty log. */
export function openMemoryFeed(): MemoryFeed {
  const events: FeedEvent[] = [];
  const bell = new EventEmitter().setMaxListeners(0);
  let readers = 0;
  let taken = 0;
  let trimmed = '0-0';
  let next = 1;

  async function* read(since: string | undefined, signal: AbortSignal): AsyncGenerator<FeedEvent> {
    let last = since ?? events.at(-1)?.id ?? trimmed;
    readers++;
    try {
      if (orderOf(last) < orderOf(trimmed) && last !== '0-0') {
        yield { id: trimmed, type: 'resync', at: new Date(0).toISOString(), json: '{}' };
      }
      while (!signal.aborted) {
        if (feed.failWith !== undefined) throw feed.failWith;
        const event = events.find(({ id }) => orderOf(id) > orderOf(last));
        if (event === undefined) await once(bell, 'event', { signal });
        else {
          last = event.id;
          taken++;
          yield event;
        }
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      readers--;
    }
  }

  const feed: MemoryFeed = {
    failWith: undefined,
    read,
    readers: () => readers,
    taken: () => taken,
    append(type, payload) {
      const event = {
        id: `1700000000000-${next++}`,
        type,
        at: new Date(0).toISOString(),
        json: JSON.stringify(payload),
      };
      events.push(event);
      bell.emit('event');
      return event;
    },
    trim(id) {
      trimmed = id;
      events.splice(0, events.findIndex((event) => event.id === id) + 1);
    },
  };
  return feed;
}

function orderOf(id: string): number {
  const [ms, sequence] = id.split('-').map(Number);
  return (ms ?? 0) * 1000 + (sequence ?? 0);
}
