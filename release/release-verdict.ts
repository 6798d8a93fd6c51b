/** What a release came to as a whole. */
import type { ReleaseOutcome } from './release-outcome.ts';

/** `partial`: every required repository has it, and some optional one has not. */
export type ReleaseVerdict = 'done' | 'partial' | 'failed';

/** The verdict; a plan counts as done, where everything could be seen. */
export function verdictOf({ places }: Pick<ReleaseOutcome, 'places'>): ReleaseVerdict {
  const lacking = places.filter(({ status }) => status === 'failed' || status === 'content-only');
  if (lacking.length === 0) return 'done';
  return lacking.some(({ place }) => place.isRequired) ? 'failed' : 'partial';
}
