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
 * length was declared.
 */
export async function readBody(body: RequestBody, bytesMax: number): Promise<Uint8Array | undefined> {
  if (body.declaredBytes !== undefined && body.declaredBytes > bytesMax) return undefined;
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of body.chunks()) {
    sizeBytes += chunk.length;
    if (sizeBytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
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
