/** The one table from what was thrown to what the client is told. */
import { CodedError } from '../../errors/errors.ts';
import { isDiskFull, isErrno } from '../disk/durable-file.ts';
import { PushBrokenOff } from '../tags/push-broken-off.ts';
import { type Answer, refusal, type WireErrorCode } from './answer.ts';

/** The answer to a request whose handler threw. Of errors that are not the client's it says nothing more. */
export function failureAnswer(error: unknown): Answer {
  if (error instanceof PushBrokenOff) return brokenOffAnswer(error);
  const { status, code, message, retryAfterS } = failureOf(error);
  const headers = retryAfterS === undefined ? {} : { headers: { 'retry-after': String(retryAfterS) } };
  return refusal(status, code, message, headers);
}

/** Which tags are where they were to be. Spec: distribution-spec main (after v1.1.1), "Pushing Manifests". */
function brokenOffAnswer({ cause, pushed: { confirmed, unconfirmed } }: PushBrokenOff): Answer {
  const { status, code, message } = failureOf(cause);
  return refusal(status, code, `${message}; pushed: ${confirmed.join(', ')}; not: ${unconfirmed.join(', ')}`, {
    detail: { confirmed, unconfirmed },
    headers: { 'oci-tag': confirmed.join(', ') },
  });
}

interface Failure {
  readonly status: number;
  readonly code: WireErrorCode;
  readonly message: string;
  readonly retryAfterS?: number;
}

function failureOf(error: unknown): Failure {
  if (isDiskFull(error)) return { status: 507, code: 'UNKNOWN', message: 'the registry has no space left' };
  if (isErrno(error, 'EROFS')) {
    return { status: 503, code: 'UNKNOWN', message: 'the registry cannot write: its disk is read-only now' };
  }
  return (error instanceof CodedError && failureOfCoded(error)) || internalError;
}

const internalError: Failure = { status: 500, code: 'UNKNOWN', message: 'internal error' };

function failureOfCoded({ code, message, wayOut }: CodedError): Failure | undefined {
  switch (code) {
    case 'MANIFEST_TOO_LARGE':
      return { status: 413, code: 'SIZE_INVALID', message };
    case 'MANIFEST_INVALID':
    case 'MANIFEST_OUTDATED':
      return { status: 400, code: 'MANIFEST_INVALID', message };
    case 'TAG_DAMAGED':
      // Container tools print the message and no detail.
      return { status: 500, code, message: `${message}; ${wayOut}` };
    case 'DATA_DIRECTORY_LOST':
      return { status: 503, code: 'UNKNOWN', message: 'the registry writes no more: another has its data directory' };
    case 'SIGN_IN_BUSY':
      return { status: 429, code: 'TOOMANYREQUESTS', message, retryAfterS: 1 };
    case 'IDENTITY_ISSUER_UNREACHABLE':
      return { status: 503, code: 'UNKNOWN', message, retryAfterS: 5 };
    default:
      return undefined;
  }
}

/** Whether the cause lies with the registry or its machine, so that its operator must learn of it. */
export function isOurFailure({ status }: Answer): boolean {
  return status >= 500;
}
