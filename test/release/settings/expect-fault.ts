/** What a refused setting looks like to a test. */
import { expect } from 'vitest';
import { CodedError, InputError } from '../../../errors/errors.ts';

/** The names of the settings that the error names. Fails when nothing is thrown, or something else. */
export function faultySettings(run: () => unknown): unknown {
  return refusalOf(run).fields['settings'];
}

/** The code of the error of ours that is thrown. */
export function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CodedError) return error.code;
    throw error;
  }
  return 'nothing was refused';
}

/** The SETTING_INVALID that is thrown. */
export function refusalOf(run: () => unknown): InputError {
  try {
    run();
  } catch (error) {
    return asRefusal(error);
  }
  throw new Error('nothing was refused');
}

/** The SETTING_INVALID that a promise is rejected with. */
export async function refusalOfPromise(running: Promise<unknown>): Promise<InputError> {
  const error = await running.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  );
  return asRefusal(error);
}

function asRefusal(error: unknown): InputError {
  if (!(error instanceof InputError)) throw error;
  expect(error.code).toBe('SETTING_INVALID');
  return error;
}
