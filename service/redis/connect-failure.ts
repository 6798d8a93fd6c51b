/** A connection to Redis that does not come to stand, or breaks: which Redis, and why, as the one error of ours. */
import { AccessError, type CodedError, TransportError } from '../../errors/errors.ts';

/**
 * REDIS_DENIED when Redis refused the user name or password, else REDIS_UNREACHABLE; `shown` names Redis without what
 * is secret. The cause is rebuilt from its text: ioredis hangs the refused command, password and all, on its errors.
 */
export function connectFailure(error: unknown, shown: string): CodedError {
  const reason = reasonOf(error);
  const cause = reason === undefined ? undefined : new Error(reason);
  if (isDenial(error)) {
    const message = `redis refused the user name or password: ${shown}`;
    return new AccessError({ code: 'REDIS_DENIED', message, cause, signedIn: false });
  }
  const message = `redis does not answer: ${shown}${reason === undefined ? '' : ` (${reason})`}`;
  return new TransportError({ code: 'REDIS_UNREACHABLE', message, cause });
}

/** Whether Redis answered, and will not have us. The first word of an error answer is Redis' error code. */
export function isDenial(error: unknown): boolean {
  return error instanceof Error && /^(?:WRONGPASS|NOAUTH|NOPERM)\b/.test(error.message);
}

/** The error's own words; one that failed for each address of a host has none, but a code. */
function reasonOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error.message !== '') return error.message;
  return 'code' in error ? String(error.code) : error.name;
}
