/** Exit codes of the service's own processes: the same as the command line's, which the service may not import. */
import { errorCatalogue } from '../../errors/catalogue.ts';
import type { ErrorEntry } from '../../errors/error-entry.ts';
import { CodedError } from '../../errors/errors.ts';

/** Exit code of a bug of ours: an error nobody caught. */
export const crashExitCode = 70;

const codeOfClass: Readonly<Record<ErrorEntry['raisedAs'], number>> = {
  InputError: 2,
  AccessError: 3,
  NotFoundError: 4,
  ConflictError: 5,
  RegistryError: 6,
  TransportError: 7,
  IntegrityError: 8,
  InvariantError: crashExitCode,
};

/** The exit code for something thrown at start. */
export function exitCodeOf(error: unknown): number {
  return error instanceof CodedError ? codeOfClass[errorCatalogue[error.code].raisedAs] : crashExitCode;
}
