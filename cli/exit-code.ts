/** Exit codes of the command line: the one table, and what maps to it. */
import type { PromotionState } from '../api/promotion.ts';
import { errorCatalogue } from '../errors/catalogue.ts';
import type { ErrorEntry } from '../errors/error-entry.ts';
import { CodedError } from '../errors/errors.ts';
import { isErrorCode } from '../errors/restore-error.ts';

/** What each exit code means. Scripts rely on them: one may be added, none may change. */
export const exitCodes = {
  done: 0,
  input: 2,
  access: 3,
  notFound: 4,
  conflict: 5,
  registry: 6,
  transport: 7,
  integrity: 8,
  refused: 10,
  partial: 11,
  waitingLonger: 12,
  cancelled: 13,
  invariant: 70,
  /** 128 + SIGINT, as shells count. */
  interrupted: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const codeOfClass: Readonly<Record<ErrorEntry['raisedAs'], ExitCode>> = {
  InputError: exitCodes.input,
  AccessError: exitCodes.access,
  NotFoundError: exitCodes.notFound,
  ConflictError: exitCodes.conflict,
  RegistryError: exitCodes.registry,
  TransportError: exitCodes.transport,
  IntegrityError: exitCodes.integrity,
  InvariantError: exitCodes.invariant,
};

/** The exit code for something thrown; what is none of our errors is a bug of ours. */
export function exitCodeOfError(error: unknown): ExitCode {
  return error instanceof CodedError ? exitCodeOfErrorCode(error.code) : exitCodes.invariant;
}

/** The exit code for an error code; one this version does not know counts as a registry's error. */
export function exitCodeOfErrorCode(code: string): ExitCode {
  return isErrorCode(code) ? codeOfClass[errorCatalogue[code].raisedAs] : exitCodes.registry;
}

/** The exit code for what became of a promotion; one that still goes on has been waited for too long. */
export function exitCodeOfPromotion(state: PromotionState, errorCode: string | undefined): ExitCode {
  switch (state) {
    case 'promoted':
      return exitCodes.done;
    case 'refused':
      return exitCodes.refused;
    case 'failed':
      return exitCodeOfErrorCode(errorCode ?? '');
    case 'cancelled':
    case 'superseded':
      return exitCodes.cancelled;
    case 'requested':
    case 'waiting':
    case 'copying':
    case 'proving':
    case 'moving':
      return exitCodes.waitingLonger;
  }
}
