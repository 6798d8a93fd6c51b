/** The one place that writes to a client. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Answer, StreamBody } from './answer.ts';
import { isCutOff } from './request-body.ts';

/**
 * On every answer. Content is whatever somebody pushed: a browser must neither guess its type nor run it.
 * Old Docker clients know a registry by the version header.
 */
const commonHeaders = {
  'docker-distribution-api-version': 'registry/2.0',
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'",
} as const;

/**
 * How long the rest of a body we did not want is read and dropped. Closing at once would reset the connection, and the
 * client would see that instead of the answer.
 */
const unwantedBodyMsMax = 5_000;

/**
 * Writes the answer. When a stream fails part way the connection is destroyed, never ended: a client must not take a
 * part of a blob for the whole.
 *
 * @returns false when the client did not get all of it.
 */
export async function writeAnswer(
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  downloadIdleMs: number,
): Promise<boolean> {
  const { body } = answer;
  if (response.destroyed || isCutOff(request)) {
    if (isStream(body)) await body.stream[Symbol.asyncIterator]().return?.();
    return false;
  }
  response.writeHead(answer.status, { ...commonHeaders, ...lengthOf(body), ...answer.headers, ...closing(request) });
  const whole = isStream(body)
    ? await writeStream(body, response, downloadIdleMs)
    : writeBytes(body, response, downloadIdleMs);
  dropRest(request);
  return whole;
}

function isStream(body: Answer['body']): body is StreamBody {
  return body !== undefined && 'stream' in body;
}

function lengthOf(body: Answer['body']): Record<string, string> {
  if (body === undefined) return {};
  return { 'content-length': String(isStream(body) ? body.sizeBytes : body.length) };
}

/** A client that still waits for "100 Continue" will not send its body now, so no request can follow on the connection. */
function closing(request: IncomingMessage): Record<string, string> {
  return request.headers.expect !== undefined && !request.complete ? { connection: 'close' } : {};
}

function writeBytes(bytes: Uint8Array | undefined, response: ServerResponse, idleMs: number): boolean {
  response.end(bytes);
  // What the system has not taken at once waits for the client. The next request ends this clock.
  if (response.writableLength > 0) response.setTimeout(idleMs, () => response.destroy());
  return true;
}

/** A stream that ends early must not end the answer: Node would keep the connection, and the client wait for the rest. */
async function writeStream(
  { stream, sizeBytes }: StreamBody,
  response: ServerResponse,
  idleMs: number,
): Promise<boolean> {
  let sentBytes = 0;
  let onGone: ((error: Error) => void) | undefined;
  // A response that lost its connection does not always tell whoever waits for a write.
  response.once('close', () => onGone?.(new Error('the client went away')));
  response.setTimeout(idleMs, () => response.destroy());
  try {
    for await (const chunk of stream) {
      await new Promise<void>((resolve, reject) => {
        onGone = reject;
        // Called when the system has taken the chunk, whose memory may be used again then.
        response.write(chunk, (error) => (error ? reject(error) : resolve()));
      });
      // Every answer ends with 'close': an error that nobody hears of is not worth its stack.
      onGone = undefined;
      sentBytes += chunk.length;
    }
  } catch {
    response.destroy();
    return false;
  } finally {
    response.setTimeout(0);
  }
  if (sentBytes === sizeBytes) response.end();
  else response.destroy();
  return sentBytes === sizeBytes;
}

function dropRest(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  const timer = setTimeout(() => request.socket.destroy(), unwantedBodyMsMax);
  request.once('close', () => clearTimeout(timer));
  request.resume();
}
