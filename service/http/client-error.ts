/** What is answered to bytes that are no HTTP request. */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyBaseLogger } from 'fastify';
import { problemMediaType } from '../../api/problem.ts';
import { InputError } from '../../errors/errors.ts';
import { logProblem } from './log-problem.ts';
import { problemOfError } from './problem.ts';

/** Statuses of the parser's complaints that are not simply 400. */
const statusOfCode: Readonly<Record<string, number>> = { ERR_HTTP_REQUEST_TIMEOUT: 408, HPE_HEADER_OVERFLOW: 431 };

/** Answers with a problem and closes the connection: where the next request would begin is unknown. */
export function answerClientError(
  error: Error & { readonly code?: string },
  socket: Socket,
  log: FastifyBaseLogger,
): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy(error);
    return;
  }
  const status = statusOfCode[error.code ?? ''] ?? 400;
  const fault = new InputError({ code: 'REQUEST_INVALID', message: 'the request is not well-formed HTTP' });
  const problem = { ...problemOfError(fault, { instance: '', requestId: '' }), status };
  logProblem(log, problem);
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    `content-type: ${problemMediaType}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}
