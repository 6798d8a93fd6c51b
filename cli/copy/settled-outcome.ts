/** Copies that are over once they are planned. */
import { emptyTally } from '../../oci/copy/copy-tally.ts';
import type { CopyOutcome } from './copy-outcome.ts';
import type { CopyPlan } from './plan-copy.ts';
import { type ReferrerWish, referrersOf } from './referrer-wish.ts';

/** What became of a plan that leaves nothing to be done; undefined when something is. */
export function settledOutcome(
  plan: CopyPlan,
  repair: boolean,
  wish: ReferrerWish,
): Exclude<CopyOutcome, { readonly kind: 'failed' }> | undefined {
  const { job, tags, present, root } = plan;
  if (job.tags.length > 0 && tags.length === 0) return { kind: 'kept', plan };
  const names = tags.length === 0 ? [root.digest] : tags;
  const isThere = names.every((name) => present.get(name)?.digest === root.digest);
  if (repair || !isThere || referrersOf(wish, [plan]) !== undefined) return undefined;
  const result = { root, ...emptyTally(), manifestsPresent: 1, manifest: undefined, skipped: [] };
  return { kind: 'done', plan, result, tookMs: 0 };
}
