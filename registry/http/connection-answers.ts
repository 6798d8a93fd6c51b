/**
 * Answers on one connection: one after the other, and a refusal where its bytes are no request, are too many, or come too
 * slowly. Spec: RFC 9112, "Pipelining".
 */
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { refusal } from './answer.ts';

export interface ConnectionAnswers {
  /**
   * Begins the work when everything that came before it on the connection is answered: what is pushed there can be
   * pulled by the next request, and whoever sends a thousand at once gets no thousand files opened. On a connection that
   * is gone by then, or closed by an answer, nothing more is begun. Spec: RFC 9112, "Tear-down".
   */
  inTurn(request: IncomingMessage, response: ServerResponse, work: () => void): void;
  /** Says what is wrong, where nobody can take that for the answer to something else, and closes the connection. */
  refuse(error: Error, socket: Socket): void;
}

/** None so far. */
export function openConnectionAnswers(): ConnectionAnswers {
  /** Of requests that came together, the last. */
  const lastOn = new WeakMap<Socket, ServerResponse>();

  /** An answer that is owed, or being written: a refusal in its place would be taken for it, or for a part of it. */
  function isAnswering(socket: Socket): boolean {
    const response = lastOn.get(socket);
    if (response === undefined) return false;
    if (response.req.complete) return !response.writableFinished;
    // The malformed bytes are of its own body: then it is the one that is refused, unless it is answered already.
    return response.headersSent || response.socket === null;
  }

  return {
    inTurn({ socket }, response, work) {
      const before = lastOn.get(socket);
      lastOn.set(socket, response);
      // Whose turn it is has the connection by then; behind the last answer nobody gets it.
      const isNext = () => response.socket !== null && !response.destroyed;
      if (isNext()) return work();
      before?.once('close', () => {
        if (isNext()) work();
      });
    },
    refuse(error, socket) {
      if (!socket.writable || isAnswering(socket)) {
        socket.destroy();
        return;
      }
      socket.resume();
      socket.end(textOf(error), () => socket.destroy());
    },
  };
}

/** By the codes of Node and of its parser. */
const refusals: Readonly<Record<string, readonly [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large'],
};

function textOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  const [status, message] = refusals[code] ?? [400, 'malformed request'];
  const { headers, body } = refusal(status, 'UNSUPPORTED', message);
  const text = Buffer.from(body instanceof Uint8Array ? body : []).toString('utf8');
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    `Content-Type: ${headers['content-type']}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Connection: close',
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}
