/** Submit a promotion: resolve, plan, ask the gates, accept, ring. Every door leads here. */
import type { PromotionRequest, Submitted } from '../../api/promotion.ts';
import { locate, upstreamOf } from '../../core/environment.ts';
import { evaluateGates, type UpstreamView } from '../../core/gate.ts';
import { type Plan, planMove } from '../../core/plan.ts';
import { pushPromotion } from '../ledger/accept.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import { readRecords } from '../ledger/records.ts';
import { answerAccepted } from './answer-accepted.ts';
import { assertExpected } from './assert-expected.ts';
import type { Asked, Place, SubmitContext } from './context.ts';
import { enterLane } from './enter-lane.ts';
import { sha256Text } from './hash-text.ts';
import { isSoAlready } from './is-so-already.ts';
import { newCommand } from './new-command.ts';
import { viewPlan } from './plan-view.ts';
import { requestKey } from './remembered-answer.ts';
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
  const shown = viewPlan(context, plan);
  if (request.dryRun === true || !plan.decision.allowed) return { changed: false, plan: shown };
  if (await isSoAlready(context, plan, state)) return { changed: false, plan: shown };

  const command = newCommand(context, plan, asked, request.reason);
  const accepted = await pushPromotion(context.redis, lane, command, requestKey(asked, command.id));
  const ring = () => context.bell.ring(lane);
  return answerAccepted(context, lane, { accepted, request, plan: shown, ring });
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
  const from = state.ledger === undefined ? undefined : { digest: state.ledger.digest, version: state.ledger.version };
  const target = locate(place.environment, place.app);
  const about = { kind: 'promotion', app: place.app.name, environment: place.environment.name } as const;
  return planMove({ ...about, from, to: release, source, target, decision, supersedes: [] }, sha256Text);
}

/** What is or was current upstream. The first environment follows its own releases: there is nothing upstream of it. */
async function upstreamView(context: SubmitContext, place: Place): Promise<UpstreamView | undefined> {
  const upstream = upstreamOf(context.config, place.environment);
  if (upstream === undefined || upstream.from === undefined) return undefined;
  const records = await readRecords(context.redis, { app: place.app.name, environment: upstream.name });
  return { environment: upstream.name, wasCurrent: new Set(records.map((record) => record.digest)) };
}
