/** One reader's event stream: events as they come, heartbeats between them, a farewell at the end. */
import { once } from 'node:events';
import { PassThrough, type Readable } from 'node:stream';
import type { EventFeed, FeedEvent } from './event-feed.ts';

/** Milliseconds a client should wait before it connects again. */
const reconnectAfterMs = 2_000;

/** Why a stream ended. */
export type Farewell = 'stopping' | 'signed-out' | 'failed';

/** What a stream needs. */
export interface EventStreamInit {
  readonly feed: EventFeed;
  /** Id of the last event the reader has seen; undefined: it wants new ones only. */
  readonly since: string | undefined;
  readonly heartbeatMs: number;
  /** Asked at each heartbeat; once false, the stream ends. */
  readonly mayStillRead: () => Promise<boolean>;
  readonly onError: (error: unknown) => void;
}

/** One open stream. */
export interface EventStream {
  /** Text of the stream. Whoever destroys it ends the reading of the feed. */
  readonly text: Readable;
  /** Says farewell and ends. */
  end(farewell: Farewell): void;
}

/**
 * Opens a stream over the feed. A reader who does not read stops the reading of the feed, so it costs no memory.
 * Spec: HTML Living Standard, "Server-sent events: Parsing an event stream".
 */
export function openEventStream(init: EventStreamInit): EventStream {
  const text = new PassThrough();
  const stopped = new AbortController();
  let ended = false;
  const end = (farewell: Farewell) => {
    if (ended) return;
    ended = true;
    text.end(`event: bye\ndata: ${JSON.stringify({ reason: farewell })}\n\n`);
    stopped.abort();
  };
  const heartbeat = setInterval(() => {
    // A comment. Behind unread text it would only pile up.
    if (!ended && !text.writableNeedDrain) text.write(':\n\n');
    init.mayStillRead().then(
      (may) => may || end('signed-out'),
      (error) => {
        init.onError(error);
        end('failed');
      },
    );
  }, init.heartbeatMs);
  text.on('close', () => {
    ended = true;
    clearInterval(heartbeat);
    stopped.abort();
  });
  text.write(`retry: ${reconnectAfterMs}\n\n`);
  pump(init, text, stopped.signal).then(
    () => end('stopping'),
    (error) => {
      if (stopped.signal.aborted) return;
      init.onError(error);
      end('failed');
    },
  );
  return { text, end };
}

async function pump({ feed, since }: EventStreamInit, text: PassThrough, signal: AbortSignal): Promise<void> {
  for await (const event of feed.read(since, signal)) {
    if (signal.aborted) return;
    if (!text.write(formatEvent(event))) await once(text, 'drain', { signal });
  }
}

/** The event as the stream carries it; text of several lines becomes several data lines. */
function formatEvent({ id, type, json }: FeedEvent): string {
  const lines = json.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `id: ${id}\nevent: ${type}\n${lines.join('')}\n`;
}
