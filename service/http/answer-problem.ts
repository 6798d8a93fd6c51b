/** How problems leave the service: the error handler, and what the framework itself complains of. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Problem, problemMediaType } from '../../api/problem.ts';
import { CodedError, InputError } from '../../errors/errors.ts';
import { redisFailure } from '../redis/redis-failure.ts';
import { logProblem } from './log-problem.ts';
import { malformedRequest, shownValue } from './malformed-request.ts';
import { type ProblemContext, problemOfError } from './problem.ts';

/** Seconds after which a request that failed for want of an answer may be tried again. */
const retryAfterSeconds = 2;

/** Makes every error that reaches the framework a problem answer. `redisShown` names Redis when it does not answer. */
export function installProblems(app: FastifyInstance, redisShown: string): void {
  app.setErrorHandler((error: FastifyError, request, reply) =>
    answerError(redisFailure(error, redisShown), request, reply),
  );
}

/** Headers of every answer: nothing is cached, nothing guessed, and the log can be searched for the id. */
export function answerHeaders(request: FastifyRequest): Readonly<Record<string, string>> {
  return { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'x-request-id': request.id };
}

/** Answers an error with its problem. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const coded = error instanceof CodedError ? error : adoptFrameworkError(error, request);
  return answerProblem(reply, problemOfError(coded, problemContext(request)), error);
}

/** Sends the problem, and logs it with the error that it is made from, if there was one. */
export function answerProblem(reply: FastifyReply, problem: Problem, error?: unknown): FastifyReply {
  const { status, fields } = problem;
  logProblem(reply.log, problem, error);
  // Spec: RFC 6750, "The WWW-Authenticate Response Header Field".
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="registry-action"');
  const after = fields?.['retryAfterSeconds'];
  if (typeof after === 'number') reply.header('retry-after', after);
  else if (status === 503 || status === 504) reply.header('retry-after', retryAfterSeconds);
  return reply.code(status).type(problemMediaType).send(problem);
}

/** What a problem says of its request. The query is left out: it may hold what nobody should read. */
export function problemContext(request: FastifyRequest): ProblemContext {
  return { instance: pathOf(request.url), requestId: request.id };
}

/** The path of a request target, without query. */
export function pathOf(target: string): string {
  return target.split('?', 1)[0] ?? target;
}

/** The framework's own complaints about a request, as ours; other errors stay what they are. */
function adoptFrameworkError(error: unknown, request: FastifyRequest): unknown {
  if (!(error instanceof Error)) return error;
  const { headers } = request;
  const { code, statusCode }: Partial<FastifyError> = error;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE': {
      const length = headers['content-length'];
      const size = length === undefined ? '' : `: ${length} bytes`;
      return new InputError({ code: 'BODY_TOO_LARGE', message: `the body of the request is too large${size}` });
    }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new InputError({
        code: 'BODY_TYPE_UNSUPPORTED',
        message: `the body of the request is not application/json${shownValue(headers['content-type'])}`,
      });
    case 'FST_ERR_BAD_URL':
      return malformedRequest(`path: not well-formed${shownValue(pathOf(request.url))}`);
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return malformedRequest(`path: a part is too long${shownValue(pathOf(request.url))}`);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return malformedRequest(`body: differs from its Content-Length${shownValue(headers['content-length'])}`);
    default:
      // A body that broke off has no code of the framework, but the status always.
      return statusCode === 400 ? malformedRequest('body: could not be read whole') : error;
  }
}
