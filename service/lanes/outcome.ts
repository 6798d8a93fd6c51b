/** What an error means for the command that met it: the lane's column of the error table. */
import {
  AccessError,
  CodedError,
  ConflictError,
  InputError,
  IntegrityError,
  InvariantError,
  NotFoundError,
  RegistryError,
  TransportError,
} from '../../errors/errors.ts';
import type { Failure } from '../ledger/lane-hand.ts';

/**
 * `fenced`: somebody else has the lane. `again`: the world moved, decide anew. `refused` and `failed` end the command.
 * `later`: try again after a while.
 */
export type Outcome = 'fenced' | 'again' | 'refused' | 'failed' | 'later';

/** The outcome for the error's class and code. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof ConflictError) return conflictOutcome(error);
  if (error instanceof RegistryError) return error.retryable ? 'later' : 'failed';
  if (error instanceof TransportError) return 'later';
  const ends = [InputError, AccessError, NotFoundError, IntegrityError, InvariantError];
  if (ends.some((ErrorClass) => error instanceof ErrorClass)) return 'failed';
  return 'later';
}

/** What people are told of the error. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CodedError) return { code: error.code, message: error.message, wayOut: error.wayOut };
  const invariant = new InvariantError({
    code: 'INVARIANT_BROKEN',
    message: error instanceof Error ? error.message : String(error),
  });
  return { code: invariant.code, message: invariant.message, wayOut: invariant.wayOut };
}

function conflictOutcome(error: ConflictError): Outcome {
  if (error.code === 'LANE_FENCED') return 'fenced';
  if (error.code === 'DIGEST_QUARANTINED' || error.code === 'AUTOMATION_HELD') return 'refused';
  const moved = ['DIRECT_ENTRY_FOUND', 'TAG_MOVED', 'TAG_FENCED'];
  return moved.includes(error.code) ? 'again' : 'failed';
}
