/** Whether there is anything to do. */
import type { Plan } from '../../core/plan.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import type { LaneState } from '../ledger/lane-state.ts';
import type { SubmitContext } from './context.ts';

/** Whether the environment is on the plan's digest, nothing waits, and the tag itself says the same. At most one request. */
export async function isSoAlready(context: SubmitContext, plan: Plan, state: LaneState): Promise<boolean> {
  if (state.ledger?.digest !== plan.to.digest || state.waiting.length > 0) return false;
  const found = await context.registries.repository(plan.target).resolve(parseTag(plan.environment));
  return found?.digest === plan.to.digest;
}
