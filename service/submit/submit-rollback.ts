/** Submit a rollback: choose the release to go back to, fence whoever works in the lane, ring past the queue. */
import type { RollbackRequest, Submitted } from '../../api/promotion.ts';
import type { Plan } from '../../core/plan.ts';
import type { ReleaseRecord } from '../../core/release-record.ts';
import { chooseRollbackTarget } from '../../core/rollback.ts';
import { pushRollback } from '../ledger/accept.ts';
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

/**
 * Queues the rollback ahead of everything; durable in Redis when this answers. It asks no gate, copies nothing,
 * and asks the registry nothing: the ledger knows what was current.
 * @throws what `Promotions.submitRollback` says.
 */
export async function submitRollback(
  context: SubmitContext,
  request: RollbackRequest,
  asked: Asked,
): Promise<Submitted> {
  const { place, lane, before } = await enterLane(context, request, asked);
  if (before !== undefined) return before;
  const state = await readLaneState(context.redis, lane);
  const records = await readRecords(context.redis, lane);
  const done = rollbackFrom(request.expectedCurrent, records);
  if (done === undefined) assertExpected(lane, request.expectedCurrent, state);
  const to = request.to ?? (done === undefined ? undefined : `r${done.number}`);
  const plan = planRollback(context, place, { ...request, to }, state, records);
  const unchanged = await answerUnchanged(context, { plan, state, dryRun: request.dryRun });
  if (unchanged !== undefined) return unchanged;

  const command = newCommand(context, plan, asked, request.reason);
  const terms = {
    isDefaultTarget: request.to === undefined,
    expectedCurrent: request.expectedCurrent,
    random: context.newId(),
  };
  const shown = viewPlan(context, plan);
  await context.onStep('accept', lane);
  const record = requestRecord(asked, command.id, request, shown);
  const accepted = await pushRollback(context.redis, lane, command, terms, record);
  return answerAccepted(context, lane, { accepted, plan: shown, ring: () => context.bell.ringRollback(lane) });
}

function planRollback(
  context: SubmitContext,
  place: Place,
  request: { readonly to: string | undefined },
  state: LaneState,
  records: readonly ReleaseRecord[],
): Plan {
  const choice = {
    records,
    quarantined: state.quarantined,
    incoming: state.headIsStarted && state.head?.kind === 'promotion' ? state.head.digest : undefined,
    to: request.to,
    goodAfterMs: place.environment.goodAfterMs,
  };
  const chosen = chooseRollbackTarget(choice, context.now(), Date.parse);
  const to = { digest: chosen.digest, version: chosen.version };
  return planChange(place, state, { kind: 'rollback', to, decision: { allowed: true }, supersedes: state.waiting });
}

/**
 * The current release, if it is a rollback from what the caller saw as current: somebody else was faster.
 * Going back once more would be a step too far, so it counts as done.
 */
function rollbackFrom(seen: string | undefined, records: readonly ReleaseRecord[]): ReleaseRecord | undefined {
  const current = records.at(-1);
  return seen !== undefined && current?.kind === 'rollback' && current.from === seen ? current : undefined;
}
