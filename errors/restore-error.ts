/** An error again as it was on the other side of a wire, so that whoever catches it acts by its class. */
import { type ErrorCode, errorCatalogue } from './catalogue.ts';
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
} from './errors.ts';

/** Whether the text is a code of this version. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(errorCatalogue, code);
}

/** The error of the class that the code is raised as. `status` is the HTTP status it came with; 0 for none. */
export function restoreError(init: CodedErrorInit, status = 0): CodedError {
  switch (errorCatalogue[init.code].raisedAs) {
    case 'InputError':
      return new InputError(init);
    case 'AccessError':
      return new AccessError({ ...init, signedIn: status === 403 });
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
