/** A registry's answer: status and headers, and a body that must be read, taken or discarded. */
import type { Dispatcher } from 'undici';
import type { ByteStream } from '../../copy/target.ts';
import type { Timing } from './timing.ts';
import { stalled, transportFailure } from './transport-failure.ts';
import { openWatchdog } from './watchdog.ts';

/** How a body ended: `broken` when it broke off or stood still, not when we wanted no more of it. */
export type BodyEnd = 'whole' | 'broken';

/** One answer. Its connection is busy until the body is at its end, so every answer is read, taken or discarded. */
export interface Answer {
  readonly status: number;
  /** Which URL answered, after redirects. */
  readonly url: URL;
  /** The header's value, several of one name joined by commas; undefined when absent. */
  header(name: string): string | undefined;
  /**
   * The whole body, or undefined when it is larger than the limit.
   * @throws TransportError when it breaks off or takes too long.
   */
  readBytes(sizeBytesMax: number): Promise<Uint8Array | undefined>;
  /**
   * The body for the caller to consume; ending the iteration early closes the connection.
   * `stallMs` is how long it may stand still, `timing.stallMs` unless given.
   */
  take(stallMs?: number): ByteStream;
  /** Frees the connection, unless the body was read or taken. */
  discard(): Promise<void>;
  /** Resolves when the connection is free, or gone. */
  readonly ended: Promise<BodyEnd>;
}

/**
 * Most we read of a body nobody wants, so that the connection can be used again; with more to come, closing it and
 * opening another is cheaper.
 */
const discardSizeBytesMax = 128 * 1024;

/** Longest wait for the rest of a body nobody wants. */
const discardMsMax = 2_000;

/** What an answer belongs to, for the error it may become. */
export interface AnswerContext {
  readonly url: URL;
  readonly timing: Timing;
  readonly signal: AbortSignal | undefined;
}

/** A body as the connection gives it. */
export interface AnswerBody {
  chunks(): AsyncIterator<Uint8Array>;
  /** Ends it, and its connection unless all of it was read; a read under way fails with the error. */
  destroy(error?: Error): void;
  /** Reads what is left, or ends it when that is more than it is worth. */
  dump(sizeBytesMax: number, patience: AbortSignal): Promise<void>;
  readonly ended: Promise<BodyEnd>;
}

/** An answer whose head has come. */
export interface BegunAnswer extends Pick<Answer, 'status' | 'header'> {
  readonly body: AnswerBody;
}

/** The answer that has begun. */
export function openAnswer({ status, header, body }: BegunAnswer, context: AnswerContext): Answer {
  let owned = true;
  const take = (stallMs = context.timing.stallMs) => {
    owned = false;
    return readBody(body, context, stallMs);
  };
  return {
    status,
    url: context.url,
    header,
    readBytes: (sizeBytesMax) => readBytes(take(), sizeBytesMax, context),
    take,
    ended: body.ended,
    async discard() {
      if (!owned) return;
      owned = false;
      await body.dump(discardSizeBytesMax, AbortSignal.timeout(discardMsMax));
    },
  };
}

/** The answer in undici's response. */
export function answerOf(response: Dispatcher.ResponseData, context: AnswerContext): Answer {
  const { statusCode, headers, body } = response;
  // A body may fail while nobody reads it; the failure is reported to whoever does, if anyone.
  body.on('error', () => {});
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'object' ? value.join(', ') : value;
  };
  const begun: AnswerBody = {
    chunks: () => body[Symbol.asyncIterator](),
    destroy: (error) => void body.destroy(error),
    dump: (limit, signal) => body.dump({ limit, signal }).catch(() => {}),
    ended: new Promise((resolve) => {
      body.once('close', () => resolve(isBroken(body.errored, context) ? 'broken' : 'whole'));
    }),
  };
  return openAnswer({ status: statusCode, header, body: begun }, context);
}

/** Aborting is our own doing, be it the caller's or that of a body too large to discard. */
export function isBroken(error: Error | null | undefined, { signal }: AnswerContext): boolean {
  return error !== undefined && error !== null && error.name !== 'AbortError' && signal?.aborted !== true;
}

/**
 * The body's chunks. The watchdog minds the registry only while we wait for it: a consumer may take its time.
 * undici's own body timeout is off, because it would have to be set before it is known who reads the body.
 */
async function* readBody(body: AnswerBody, context: AnswerContext, stallMs: number): ByteStream {
  const { host } = context.url;
  const watchdog = openWatchdog(stallMs, () => body.destroy(stalled(host, 'no more of the answer', stallMs)));
  const chunks = body.chunks();
  try {
    for (;;) {
      watchdog.feed();
      const next = await chunks.next();
      watchdog.rest();
      if (next.done === true) return;
      yield next.value;
    }
  } catch (cause) {
    context.signal?.throwIfAborted();
    throw transportFailure(host, cause);
  } finally {
    watchdog.close();
    body.destroy();
  }
}

/** A document is small, so the limit for one chunk is the limit for all of it: a trickle does not hold us. */
async function readBytes(
  chunks: ByteStream,
  sizeBytesMax: number,
  context: AnswerContext,
): Promise<Uint8Array | undefined> {
  const { now, stallMs } = context.timing;
  const startedAt = now();
  const read: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of chunks) {
    sizeBytes += chunk.length;
    if (sizeBytes > sizeBytesMax) return undefined;
    if (now() - startedAt > stallMs) throw stalled(context.url.host, 'the answer was not at its end', stallMs);
    read.push(Buffer.from(chunk));
  }
  return Buffer.concat(read, sizeBytes);
}
