/** Submit a promotion: resolve, plan, ask the gates, accept, ring. Every door leads here. */
import type { PromotionRequest, Submitted } from '../../api/promotion.ts';
import { upstreamOf } from '../../core/environment.ts';
import { evaluateGates, type UpstreamView } from '../../core/gate.ts';
import type { Plan } from '../../core/plan.ts';
import { pushPromotion } from '../ledger/accept.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import { readRecords } from '../ledger/records.ts';
import { answerAccepted } from './answer-accepted.ts';
import { answerUnchanged } from './answer-unchanged.ts';
import { assertExpected } from './assert-expected.ts';
import type { Asked, Place, SubmitContext } from './context.ts';
import { enterLane } from './enter-lane.ts';
import { newCommand } from './new-command.ts';
import { planChange } from './plan-change.ts';
import { viewPlan } from './plan-view.ts';
import { requestRecord } from './remembered-answer.ts';
import { resolveRelease } from './resolve-release.ts';

/**
 * Queues the promotion unless it is so already or policy says no; durable in Redis when this answers.
 * @throws what `Promotions.submitPromotion` says.
 */
export async function submitPromotion(
  context: SubmitContext,
  request: PromotionRequest,
  asked: Asked,
): Promise<Submitted> {
  const { place, lane, before } = await enterLane(context, request, asked);
  if (before !== undefined) return before;
  const state = await readLaneState(context.redis, lane);
  assertExpected(lane, request.expectedCurrent, state);
  const plan = await planPromotion(context, place, request, state, asked.automatic);
  const unchanged = await answerUnchanged(context, { plan, state, dryRun: request.dryRun });
  if (unchanged !== undefined) return unchanged;

  const command = newCommand(context, plan, asked, request.reason);
  const shown = viewPlan(context, plan);
  await context.onStep('accept', lane);
  const record = requestRecord(asked, command.id, request, shown);
  const accepted = await pushPromotion(context.redis, lane, command, record);
  return answerAccepted(context, lane, { accepted, plan: shown, ring: () => context.bell.ring(lane) });
}

async function planPromotion(
  context: SubmitContext,
  place: Place,
  request: PromotionRequest,
  state: LaneState,
  automatic: boolean,
): Promise<Plan> {
  const { release, source } = await resolveRelease(context, place, {
    version: request.version,
    digest: request.digest,
  });
  const decision = evaluateGates({
    app: place.app.name,
    environment: place.environment.name,
    to: release,
    quarantined: state.quarantined,
    upstream: await upstreamView(context, place),
    automatic,
    held: state.hold !== undefined,
  });
  return planChange(place, state, { kind: 'promotion', to: release, source, decision, supersedes: [] });
}

/** What is or was current upstream. The first environment follows its own releases: there is nothing upstream of it. */
async function upstreamView(context: SubmitContext, place: Place): Promise<UpstreamView | undefined> {
  const upstream = upstreamOf(context.config, place.environment);
  if (upstream === undefined || upstream.from === undefined) return undefined;
  const records = await readRecords(context.redis, { app: place.app.name, environment: upstream.name });
  return { environment: upstream.name, wasCurrent: new Set(records.map((record) => record.digest)) };
}
