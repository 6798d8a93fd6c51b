/** The body of a request, read only when somebody asks for it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyChunks } from './body-chunks.ts';

export interface RequestBody {
  /** What Content-Length says; undefined for a chunked body. */
  readonly declaredBytes: number | undefined;
  /** The bytes as they come. Stopping early leaves the rest unread; standing still too long ends the connection. */
  chunks(): AsyncIterable<Uint8Array>;
}

/** The body of the request. A client that asked whether to go on is told so with the first read. */
export function requestBody(request: IncomingMessage, response: ServerResponse, idleMs: number): RequestBody {
  return {
    declaredBytes: parseLength(request.headers['content-length']),
    chunks() {
      if (isAwaiting(request)) response.writeContinue();
      return bodyChunks(request, idleMs);
    },
  };
}

/**
 * The whole body in memory; undefined when it is larger than the bound, which is known before a byte is read if the
 * length was declared. No chunk is kept: a client may send a byte in each, and each costs some hundred.
 */
export async function readBody(body: RequestBody, bytesMax: number): Promise<Uint8Array | undefined> {
  if (body.declaredBytes !== undefined && body.declaredBytes > bytesMax) return undefined;
  let bytes = Buffer.alloc(0);
  let sizeBytes = 0;
  for await (const chunk of body.chunks()) {
    const neededBytes = sizeBytes + chunk.length;
    if (neededBytes > bytesMax) return undefined;
    if (neededBytes > bytes.length) bytes = enlarged(bytes, Math.max(neededBytes, 2 * bytes.length));
    bytes.set(chunk, sizeBytes);
    sizeBytes = neededBytes;
  }
  return sizeBytes === bytes.length ? bytes : Buffer.from(bytes.subarray(0, sizeBytes));
}

function enlarged(bytes: Buffer, sizeBytes: number): Buffer<ArrayBuffer> {
  const larger = Buffer.alloc(sizeBytes);
  larger.set(bytes);
  return larger;
}

/** Whether the client went away, or was sent away, in the middle of its body: nobody is there to answer. */
export function isCutOff(request: IncomingMessage): boolean {
  return request.destroyed && !request.complete;
}

/** Whoever speaks HTTP/1.0 knows no such word, whatever he sends. Spec: RFC 9110, "Expect". */
function isAwaiting({ headers, httpVersion }: IncomingMessage): boolean {
  return headers.expect !== undefined && httpVersion !== '1.0';
}

function parseLength(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
