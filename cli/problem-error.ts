/** From a problem the service answered to the error class it stands for. */
import type { Problem } from '../api/problem.ts';
import { type ErrorCode, type ErrorEntry, errorCatalogue } from '../errors/catalogue.ts';
import {
  AccessError,
  type CodedError,
  type CodedErrorInit,
  ConflictError,
  InputError,
  IntegrityError,
  InvariantError,
  NotFoundError,
  RegistryError,
  TransportError,
} from '../errors/errors.ts';

/** The error a problem stands for; a code this version does not know is told as the nearest one it knows. */
export function problemError(problem: Problem): CodedError {
  const code = knownCode(problem.code) ?? nearestCode(problem.status);
  const message = code === problem.code ? problem.detail : `${problem.code}: ${problem.detail}`;
  const init = { code, message: withFaults(message, problem), wayOut: problem.wayOut, fields: problem.fields ?? {} };
  return errorOfClass(errorCatalogue[code].raisedAs, init, problem.status);
}

/** A malformed request is told with every fault, one a line. */
function withFaults(message: string, problem: Problem): string {
  const faults = (problem.reasons ?? []).map((reason) => reason.message).filter((text) => text !== message);
  return [message, ...faults].join('\n  ');
}

function errorOfClass(raisedAs: ErrorEntry['raisedAs'], init: CodedErrorInit, status: number): CodedError {
  switch (raisedAs) {
    case 'InputError':
      return new InputError(init);
    case 'AccessError':
      return new AccessError({ ...init, signedIn: status !== 401 });
    case 'NotFoundError':
      return new NotFoundError(init);
    case 'ConflictError':
      return new ConflictError(init);
    case 'RegistryError':
      return new RegistryError({ ...init, status, specCodes: [], retryable: false });
    case 'TransportError':
      return new TransportError(init);
    case 'IntegrityError':
      return new IntegrityError(init);
    case 'InvariantError':
      return new InvariantError(init);
  }
}

function knownCode(code: string): ErrorCode | undefined {
  return Object.keys(errorCatalogue).includes(code) ? parseErrorCode(code) : undefined;
}

function parseErrorCode(code: string): ErrorCode {
  return code as ErrorCode;
}

function nearestCode(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'ACCESS_DENIED';
  if (status === 409 || status === 412) return 'EXPECTED_CURRENT_CHANGED';
  if (status >= 400 && status < 500) return 'REQUEST_INVALID';
  return 'SERVICE_ANSWER_INVALID';
}
