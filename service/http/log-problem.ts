/** Every problem that leaves the service, in its log: code, what happened, and the way out. */
import type { FastifyBaseLogger } from 'fastify';
import type { Problem } from '../../api/problem.ts';

/**
 * Logs the problem. What is the caller's to mend is `info`, a refusal by policy among it; what a registry or Redis is
 * to blame for is `warn`; our own fault is `error`. The last two come with the whole error.
 */
export function logProblem(log: FastifyBaseLogger, problem: Problem, error?: unknown): void {
  const { code, status, detail, wayOut, instance, reasons } = problem;
  const told = { code, status, detail, wayOut, instance, ...(reasons === undefined ? {} : { reasons }) };
  if (status < 500) log.info(told, 'request refused');
  else if (status === 500) log.error({ ...told, err: error }, 'request failed');
  else log.warn({ ...told, err: error }, 'request failed');
}
