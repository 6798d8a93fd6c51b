/** What failed, in a form that tests can compare. */
import { CodedError } from '../../errors/errors.ts';

/** The code of the error that the work throws; `none` when it succeeds, the error's text when it has no code. */
export async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
    return 'none';
  } catch (error) {
    return error instanceof CodedError ? error.code : String(error);
  }
}
