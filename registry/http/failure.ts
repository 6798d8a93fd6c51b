/** The one table from what was thrown to what the client is told. */
import { CodedError } from '../../errors/errors.ts';
import { isDiskFull, isErrno } from '../disk/durable-file.ts';
import { type Answer, refusal } from './answer.ts';

/** The answer to a request whose handler threw. Of errors that are not the client's it says nothing more. */
export function failureAnswer(error: unknown): Answer {
  if (isDiskFull(error)) return refusal(507, 'UNKNOWN', 'the registry has no space left');
  if (isErrno(error, 'EROFS')) return refusal(503, 'UNKNOWN', 'the registry cannot write: its disk is read-only now');
  if (error instanceof CodedError) {
    if (error.code === 'MANIFEST_TOO_LARGE') return refusal(413, 'SIZE_INVALID', error.message);
    if (error.code === 'MANIFEST_INVALID' || error.code === 'MANIFEST_OUTDATED') {
      return refusal(400, 'MANIFEST_INVALID', error.message);
    }
    if (error.code === 'TAG_DAMAGED') {
      // Container tools print the message and no detail.
      return refusal(500, 'TAG_DAMAGED', `${error.message}; ${error.wayOut}`);
    }
    if (error.code === 'SIGN_IN_BUSY') {
      return refusal(429, 'TOOMANYREQUESTS', error.message, { headers: { 'retry-after': '1' } });
    }
    if (error.code === 'IDENTITY_ISSUER_UNREACHABLE') {
      return refusal(503, 'UNKNOWN', error.message, { headers: { 'retry-after': '5' } });
    }
  }
  return refusal(500, 'UNKNOWN', 'internal error');
}

/** Whether the cause lies with the registry or its machine, so that its operator must learn of it. */
export function isOurFailure({ status }: Answer): boolean {
  return status >= 500;
}
