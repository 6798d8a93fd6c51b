/** The answer to a request that leaves everything as it is. */
import type { Submitted } from '../../api/promotion.ts';
import type { Plan } from '../../core/plan.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import type { LaneState } from '../ledger/lane-state.ts';
import type { SubmitContext } from './context.ts';
import { viewPlan } from './plan-view.ts';

/** A planned request, and the lane as it was planned for. */
export interface PlannedRequest {
  readonly plan: Plan;
  readonly state: LaneState;
  readonly dryRun: boolean | undefined;
}

/** The answer when there is nothing to queue: a dry run, a refusal by policy, or it is so already; else undefined. */
export async function answerUnchanged(context: SubmitContext, planned: PlannedRequest): Promise<Submitted | undefined> {
  const { plan, state, dryRun } = planned;
  const isLeft = dryRun === true || !plan.decision.allowed || (await isSoAlready(context, plan, state));
  return isLeft ? { changed: false, plan: viewPlan(context, plan) } : undefined;
}

/** Whether the environment is on the plan's digest, nothing waits, and the tag itself says the same. At most one request. */
async function isSoAlready(context: SubmitContext, plan: Plan, state: LaneState): Promise<boolean> {
  if (state.ledger?.digest !== plan.to.digest || state.waiting.length > 0) return false;
  const found = await context.registries.repository(plan.target).resolve(parseTag(plan.environment));
  return found?.digest === plan.to.digest;
}
