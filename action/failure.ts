/** How a failure is told in a job: the one table of what the Action does about an error. */

import { errorCatalogue } from '../errors/catalogue.ts';
import type { ErrorEntry } from '../errors/error-entry.ts';
import { CodedError } from '../errors/errors.ts';
import { redact } from '../errors/redact.ts';
import { isErrorCode } from '../errors/restore-error.ts';

/** Something that failed the step. */
export interface Failure {
  /** Stable code. */
  readonly code: string;
  /** Who must act, for the head of the annotation. */
  readonly title: string;
  readonly message: string;
  readonly wayOut: string;
  /** Where in our code a bug of ours came to light; undefined for all else. */
  readonly stack?: string | undefined;
}

/** What a step that failed ends with: runners tell zero from all others, and no more. */
export const failedExitCode = 1;

const titles: Readonly<Record<ErrorEntry['raisedAs'], string>> = {
  InputError: 'The request is wrong',
  AccessError: 'Not signed in, or not allowed',
  NotFoundError: 'The named thing is not there',
  ConflictError: 'The world moved: run the job again',
  RegistryError: 'A registry answered with an error',
  TransportError: 'No answer came',
  IntegrityError: 'Bytes are not what they should be',
  InvariantError: 'A bug of ours',
};

/** The failure that something thrown stands for; what is none of our errors is a bug of ours. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CodedError && error.code !== 'INVARIANT_BROKEN') return failureWith(error);
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  return {
    code: 'INVARIANT_BROKEN',
    title: titles.InvariantError,
    message: redact(message),
    wayOut: 'please report it with the log of this step',
    stack: stack === undefined ? undefined : redact(stack),
  };
}

/** A failure that was told, not thrown; a code this version does not know counts as a registry's error. */
export function failureWith(told: {
  readonly code: string;
  readonly message: string;
  readonly wayOut: string;
}): Failure {
  const { code, message, wayOut } = told;
  const title = titles[isErrorCode(code) ? errorCatalogue[code].raisedAs : 'RegistryError'];
  return { code, title, message, wayOut };
}
