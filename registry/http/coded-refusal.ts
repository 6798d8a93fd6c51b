/** What the resources beside the distribution API answer when something is wrong: our codes, each with a way out. */
import {
  AccessError,
  CodedError,
  ConflictError,
  InputError,
  NotFoundError,
  TransportError,
} from '../../errors/errors.ts';
import { type Answer, jsonAnswer } from './answer.ts';
import { failureAnswer } from './failure.ts';

/** The answer to an error: `errors` as in the distribution API, with `wayOut` beside code and message. */
export function codedRefusal(error: unknown): Answer {
  if (!(error instanceof CodedError)) return failureAnswer(error);
  const { code, message, wayOut } = error;
  return {
    ...jsonAnswer({ errors: [{ code, message, wayOut }] }, { status: statusOf(error) }),
    why: `${code}: ${message}`,
  };
}

function statusOf(error: CodedError): number {
  if (error instanceof InputError) return 422;
  if (error instanceof AccessError) return error.signedIn ? 403 : 401;
  if (error instanceof NotFoundError) return 404;
  if (error instanceof ConflictError) return 409;
  return error instanceof TransportError ? 503 : 500;
}
