/** The end of every submission: the command is in the mailbox, and whoever asked is told. */
import type { PlanView } from '../../api/plan.ts';
import type { Submitted } from '../../api/promotion.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { relayOutbox } from '../events/relay-outbox.ts';
import type { Accepted } from '../ledger/accept.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import type { SubmitContext } from './context.ts';

/** What was accepted, and how it came in. */
export interface AcceptedRequest {
  readonly accepted: Accepted;
  readonly plan: PlanView;
  /** Wakes whoever is to carry it out. */
  readonly ring: () => Promise<void>;
}

/** Rings, once for each command, then answers the promotion as it stands. A bell that was not rung, the sweeper rings. */
export async function answerAccepted(
  context: SubmitContext,
  lane: LaneKey,
  { accepted, plan, ring }: AcceptedRequest,
): Promise<Submitted> {
  await context.onStep('ring', lane);
  if (accepted.isNew) await ring();
  await context.onStep('answer', lane);
  await relayOutbox(context.redis, lane, context.now());
  const promotion = await readPromotion(context.redis, lane, accepted.id);
  return { changed: true, plan, ...(promotion === undefined ? {} : { promotion }) };
}
