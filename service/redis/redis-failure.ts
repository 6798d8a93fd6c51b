/** Redis that stops answering while we run: the client's own errors, told as the one error of ours. */
import { TransportError } from '../../errors/errors.ts';

/** Names of the client's errors that mean: sent, or not even sent, and no answer came. */
const namesOfNoAnswer = ['MaxRetriesPerRequestError', 'AbortError'];

/** The client has no class for these two, and nothing but their whole text to know them by. */
const textsOfNoAnswer = ['Connection is closed.', 'Command timed out'];

/**
 * The error as TransportError REDIS_UNREACHABLE when it says that Redis did not answer, else the error itself.
 * `shown` names Redis without what is secret.
 */
export function redisFailure(error: unknown, shown: string): unknown {
  if (!(error instanceof Error) || !isOfNoAnswer(error)) return error;
  // The cause is rebuilt from its text: the client hangs the command on its errors.
  const cause = new Error(error.message);
  return new TransportError({ code: 'REDIS_UNREACHABLE', message: `redis does not answer: ${shown}`, cause });
}

function isOfNoAnswer(error: Error): boolean {
  return namesOfNoAnswer.includes(error.name) || textsOfNoAnswer.includes(error.message);
}
