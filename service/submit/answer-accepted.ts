/** The end of every submission: the command is in the mailbox, and whoever asked is told. */
import type { Submitted } from '../../api/promotion.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import type { Plan } from '../../core/plan.ts';
import { relayOutbox } from '../events/relay-outbox.ts';
import type { Accepted } from '../ledger/accept.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import type { SubmitContext } from './context.ts';
import { viewPlan } from './plan-view.ts';
import { rememberAnswer } from './remembered-answer.ts';

/** What was accepted, and how it came in. */
export interface AcceptedRequest {
  readonly accepted: Accepted;
  readonly request: object;
  readonly plan: Plan;
  /** Wakes whoever is to carry it out. */
  readonly ring: () => Promise<void>;
}

/** Remembers the answer and rings, once for each command, then answers the promotion as it stands. */
export async function answerAccepted(
  context: SubmitContext,
  lane: LaneKey,
  { accepted, request, plan: planned, ring }: AcceptedRequest,
): Promise<Submitted> {
  const plan = viewPlan(context, planned);
  if (accepted.isNew) await rememberAnswer(context, lane, accepted.id, request, plan);
  if (accepted.isNew) await ring();
  await relayOutbox(context.redis, lane, context.now());
  const promotion = await readPromotion(context.redis, lane, accepted.id);
  return { changed: true, plan, ...(promotion === undefined ? {} : { promotion }) };
}
