/** Where the event stream of the API comes from: a small interface over the service's log of events. */
import type { EventType } from '../../api/event.ts';

/** One event, ready to be sent. */
export interface FeedEvent {
  /** Place in the log: `milliseconds-sequence`, ascending. */
  readonly id: string;
  /** `resync` says that events after `since` are no longer kept: the reader must read the status anew. */
  readonly type: EventType | 'resync';
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Payload as JSON; holds no secret. */
  readonly json: string;
}

/** The log of events, read from a place on. */
export interface EventFeed {
  /**
   * Events behind `since`, in order, without gaps, then new ones as they come; with `since` undefined only new ones.
   * Ends when the signal is aborted. Reads ahead at most a bounded number, so that a slow reader costs no memory.
   */
  read(since: string | undefined, signal: AbortSignal): AsyncIterable<FeedEvent>;
}
