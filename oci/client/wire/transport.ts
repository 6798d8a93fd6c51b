/** One HTTP request and its answer: connections, time limits, nothing of registries. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteStream } from '../../copy/target.ts';
import { abortable } from './abortable.ts';
import { type Answer, answerOf } from './answer.ts';
import type { Connections } from './connections.ts';
import { openLateSignal } from './late-signal.ts';
import type { Timing } from './timing.ts';
import { transportFailure } from './transport-failure.ts';
import { requestThrough, type SentOptions } from './undici-parts.ts';

/** The methods the protocol uses. */
export type Method = 'DELETE' | 'GET' | 'HEAD' | 'PATCH' | 'POST' | 'PUT';

/**
 * What a request carries. Of a stream undici asks for the next chunk when less than the connection's high-water mark waits
 * in it, or nothing does: outgoing-blob.ts lends chunks on the strength of that.
 */
export type RequestBody = Uint8Array | ByteStream;

/** Whether the body is gone when it was sent. */
export function isSentOnce(body: RequestBody | undefined): boolean {
  return body !== undefined && !(body instanceof Uint8Array);
}

/** What is sent, to exactly this URL: redirects, sign-in and repetition are for others. */
export interface TransportRequest {
  readonly method: Method;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes, or a stream whose `content-length` is among the headers. */
  readonly body?: RequestBody;
  /** How long the answer may take to begin, counted from when all was sent; time in the queue does not count. */
  readonly answerMs: number;
  /** For a GET: how many bytes a good answer has; with many it is read by bulk/. */
  readonly answerSizeBytes?: number;
  readonly signal?: AbortSignal;
  /** How long after the signal an answer is still waited for once the request is on its way; not at all when absent. */
  readonly finishMs?: number;
}

/**
 * The answer to the request; any status is an answer.
 * @throws TransportError REGISTRY_UNREACHABLE when none came, or the signal's reason.
 */
export async function sendRequest(
  connections: Connections,
  timing: Timing,
  request: TransportRequest,
): Promise<Answer> {
  const { signal, finishMs } = request;
  signal?.throwIfAborted();
  if (signal === undefined || finishMs === undefined) return await sendUntil(connections, timing, request);
  const late = openLateSignal(signal, finishMs);
  try {
    const answer = await sendUntil(connections, timing, { ...request, signal: late.signal });
    void answer.ended.then(() => late.close());
    return answer;
  } catch (cause) {
    late.close();
    throw cause;
  }
}

async function sendUntil(connections: Connections, timing: Timing, request: TransportRequest): Promise<Answer> {
  const { method, url, answerSizeBytes = 0, signal } = request;
  try {
    const bulk = method === 'GET' ? await connections.bulkFor(url, answerSizeBytes) : undefined;
    if (bulk !== undefined) return await bulk.send(timing, { ...request, headers: headersOf(request) });
    const dispatcher = await connections.dispatcherFor(url);
    // undici frees a connection in the turn of the event loop after the end of its answer. Whoever goes on in the same
    // turn, as the PUT of a blob does after its POST, would get another one, with a handshake of its own.
    await nextTurn(undefined, signal === undefined ? {} : { signal });
    const response = await abortable(requestThrough(dispatcher, optionsOf(request)), signal);
    return answerOf(response, { url, timing, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    throw transportFailure(url.host, cause);
  }
}

/** A registry that compresses on the way would give us bytes with another digest. */
function headersOf({ headers }: TransportRequest): TransportRequest['headers'] {
  return { 'accept-encoding': 'identity', ...headers };
}

function optionsOf(request: TransportRequest): SentOptions {
  const { method, url, body, answerMs, signal } = request;
  return {
    method,
    origin: url.origin,
    path: url.pathname + url.search,
    headers: headersOf(request),
    body: body ?? null,
    headersTimeout: answerMs,
    // By default undici closes the connection after every HEAD, for the sake of servers that send a body with it;
    // a promotion consists of HEADs, and a TLS handshake for each costs more than all the rest.
    ...(method === 'HEAD' ? { reset: false } : {}),
    ...(signal === undefined ? {} : { signal }),
  };
}
