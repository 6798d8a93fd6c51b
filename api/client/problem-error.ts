/** From a problem the service answered to the error class it stands for. */

import type { ErrorCode } from '../../errors/catalogue.ts';
import type { CodedError } from '../../errors/errors.ts';
import { isErrorCode, restoreError } from '../../errors/restore-error.ts';
import type { Problem } from '../problem.ts';

/** The error a problem stands for; a code this version does not know is told as the nearest one it knows. */
export function problemError(problem: Problem): CodedError {
  const code = isErrorCode(problem.code) ? problem.code : nearestCode(problem.status);
  const message = code === problem.code ? problem.detail : `${problem.code}: ${problem.detail}`;
  const init = { code, message: withFaults(message, problem), wayOut: problem.wayOut, fields: problem.fields ?? {} };
  return restoreError(init, problem.status);
}

/** A malformed request is told with every fault, one a line. */
function withFaults(message: string, problem: Problem): string {
  const faults = (problem.reasons ?? []).map((reason) => reason.message).filter((text) => text !== message);
  return [message, ...faults].join('\n  ');
}

function nearestCode(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'ACCESS_DENIED';
  if (status === 409 || status === 412) return 'EXPECTED_CURRENT_CHANGED';
  if (status >= 400 && status < 500) return 'REQUEST_INVALID';
  return 'SERVICE_ANSWER_INVALID';
}
