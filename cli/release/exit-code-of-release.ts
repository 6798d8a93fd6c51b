/** The exit code of a release that came to an end. */
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import { verdictOf } from '../../release/release-verdict.ts';
import { type ExitCode, exitCodeOfErrorCode, exitCodes } from '../exit-code.ts';

/**
 * Partly done when some repository, required or not, lacks the image or its tags; when none has it, what the first one
 * failed with.
 */
export function exitCodeOfRelease(outcome: Pick<ReleaseOutcome, 'places'>): ExitCode {
  if (verdictOf(outcome) === 'done') return exitCodes.done;
  const [first] = outcome.places;
  const isAllLost = outcome.places.every(({ status }) => status === 'failed');
  return isAllLost ? exitCodeOfErrorCode(first?.error?.code ?? '') : exitCodes.partial;
}
