/** What became of one copy. */
import type { CopyResult } from '../../oci/copy/copy-graph.ts';
import { type ExitCode, exitCodeOfError, exitCodes } from '../exit-code.ts';
import type { CopyJob } from './copy-job.ts';
import type { CopyPlan } from './plan-copy.ts';
import { isLacking, type ReferrerWish } from './referrer-wish.ts';

export type CopyOutcome =
  | {
      readonly kind: 'done';
      readonly plan: CopyPlan;
      readonly result: CopyResult;
      readonly tookMs: number;
    }
  /** Every tag names something else, which it was to keep. */
  | { readonly kind: 'kept'; readonly plan: CopyPlan }
  | { readonly kind: 'failed'; readonly job: CopyJob; readonly error: unknown };

/** Whether the copy changed anything of the image at its target. */
export function isChanged({ plan, result }: Extract<CopyOutcome, { readonly kind: 'done' }>): boolean {
  const { manifestsCopied, blobsCopied, blobsMounted } = result;
  const isTagged = plan.tags.some((tag) => plan.present.get(tag)?.digest !== plan.root.digest);
  return isTagged || manifestsCopied + blobsCopied + blobsMounted > 0;
}

/**
 * Partly done when some failed and others did not, or when referrers are lacking that were demanded; when all failed,
 * what the first one failed with.
 */
export function exitCodeOfOutcomes(outcomes: readonly CopyOutcome[], wish: ReferrerWish): ExitCode {
  const errors = outcomes.flatMap((outcome) => (outcome.kind === 'failed' ? [outcome.error] : []));
  const isIncomplete = outcomes.some((outcome) => outcome.kind === 'done' && isLacking(wish, outcome.result.referrers));
  if (errors.length === 0) return isIncomplete ? exitCodes.partial : exitCodes.done;
  return errors.length < outcomes.length ? exitCodes.partial : exitCodeOfError(errors[0]);
}
