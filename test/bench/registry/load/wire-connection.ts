/**
 * A connection that speaks just enough HTTP/1.1 to load a registry: one request at a time, answers with a length, bodies
 * counted and dropped. What a client does beyond that would be measured with the registry.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface WireReply {
  readonly status: number;
  /** Value of a header; undefined when it is absent. */
  header(name: string): string | undefined;
  /** Bytes of the body that came. */
  readonly bodyBytes: number;
}

export interface WireRequest {
  readonly head: string;
  readonly body?: readonly Uint8Array[];
  /** Whether the answer has no body, whatever length it tells. */
  readonly isHead?: boolean;
}

export interface WireConnection {
  exchange(request: WireRequest): Promise<WireReply>;
  close(): void;
}

/** Read at once; what is in it is counted and overwritten. */
const receiveBytes = 1024 * 1024;
/** No registry answers with a longer head. */
const headBytesMax = 64 * 1024;
const headEnd = '\r\n\r\n';

interface Pending {
  readonly isHead: boolean;
  readonly resolve: (reply: WireReply) => void;
  readonly reject: (error: Error) => void;
  head: string;
  lengthBytes: number;
  bodyBytes: number;
  headDone: boolean;
}

/** An open connection. An answer without a length, or a lost connection, is an error. */
export async function openWireConnection(host: string, port: number): Promise<WireConnection> {
  let pending: Pending | undefined;

  function fail(error: Error): void {
    const failed = pending;
    pending = undefined;
    failed?.reject(error);
  }

  function receive(bytes: Buffer): void {
    if (pending === undefined) {
      socket.destroy(new Error('an answer that nobody asked for'));
      return;
    }
    try {
      if (advance(pending, bytes)) {
        const done = pending;
        pending = undefined;
        done.resolve(replyOf(done));
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
      socket.destroy();
    }
  }

  const socket: Socket = connect({
    host,
    port,
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafe(receiveBytes),
      callback: (count, buffer) => {
        receive(Buffer.from(buffer.buffer, buffer.byteOffset, count));
        return true;
      },
    },
  });
  await once(socket, 'connect');
  socket.on('error', fail);
  socket.on('close', () => fail(new Error('the connection was closed')));

  return {
    exchange({ head, body = [], isHead = false }) {
      return new Promise((resolve, reject) => {
        pending = { isHead, resolve, reject, head: '', lengthBytes: 0, bodyBytes: 0, headDone: false };
        if (body.length === 0) return void socket.write(head, 'latin1');
        socket.cork();
        socket.write(head, 'latin1');
        for (const part of body) socket.write(part);
        socket.uncork();
      });
    },
    close: () => socket.destroy(),
  };
}

/** Takes what came; true when the answer is whole. */
function advance(pending: Pending, bytes: Buffer): boolean {
  if (pending.headDone) return countBody(pending, bytes.length);
  const known = pending.head.length;
  const at = known === 0 ? bytes.indexOf(headEnd, 0, 'latin1') : -1;
  pending.head += bytes.toString('latin1', 0, at < 0 ? Math.min(bytes.length, headBytesMax) : at + headEnd.length);
  const end = at < 0 ? pending.head.indexOf(headEnd) : at;
  if (end < 0) {
    if (pending.head.length > headBytesMax) throw new Error('the head of an answer does not end');
    return false;
  }
  pending.head = pending.head.slice(0, end + headEnd.length);
  pending.headDone = true;
  pending.lengthBytes = lengthOf(pending);
  return countBody(pending, known + bytes.length - end - headEnd.length);
}

function countBody(pending: Pending, count: number): boolean {
  pending.bodyBytes += count;
  if (pending.bodyBytes > pending.lengthBytes) throw new Error('more came than the length of the answer');
  return pending.bodyBytes === pending.lengthBytes;
}

function lengthOf({ head, isHead }: Pending): number {
  if (isHead || statusOf(head) === 204) return 0;
  const length = headerOf(head, 'content-length');
  if (length === undefined) throw new Error(`an answer without a length: ${head.split('\r\n', 1)[0]}`);
  return Number(length);
}

function replyOf({ head, bodyBytes }: Pending): WireReply {
  return { status: statusOf(head), bodyBytes, header: (name) => headerOf(head, name) };
}

function statusOf(head: string): number {
  return Number(head.slice('HTTP/1.1 '.length, 'HTTP/1.1 200'.length));
}

/** Go writes names in capitals, Node as they were given. */
function headerOf(head: string, name: string): string | undefined {
  const lower = head.toLowerCase();
  const at = lower.indexOf(`\r\n${name}:`);
  if (at < 0) return undefined;
  const start = at + name.length + 3;
  return head.slice(start, head.indexOf('\r\n', start)).trim();
}
