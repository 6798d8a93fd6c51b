/** What was answered to a request that came with an idempotency key, for the day it comes again. */
import type { PlanView } from '../../api/plan.ts';
import type { Submitted } from '../../api/promotion.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { ConflictError } from '../../errors/errors.ts';
import { findAccepted, type RequestRecord } from '../ledger/accept.ts';
import { parseJson } from '../ledger/lane-state.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import type { Asked, SubmitContext } from './context.ts';
import { sha256Text } from './hash-text.ts';

/** What is kept of a request in the very step that accepts it: whoever repeats it is answered the same from then on. */
export function requestRecord(asked: Asked, id: string, request: object, plan: PlanView): RequestRecord {
  return { key: requestKey(asked, id), mark: requestMark(request), plan: JSON.stringify(plan) };
}

/**
 * The answer to the same request before; undefined when there was none, or the key was not given.
 * @throws ConflictError IDEMPOTENCY_KEY_REUSED when the key came with another request.
 */
export async function recallAnswer(
  context: SubmitContext,
  lane: LaneKey,
  asked: Asked,
  request: object,
): Promise<Submitted | undefined> {
  if (asked.idempotencyKey === undefined) return undefined;
  const accepted = await findAccepted(context.redis, lane, requestKey(asked, ''));
  if (accepted === undefined) return undefined;
  const plan = parseJson<PlanView>(accepted.plan);
  const promotion = await readPromotion(context.redis, lane, accepted.id);
  if (plan === undefined || promotion === undefined) return undefined;
  if (accepted.mark === requestMark(request)) return { changed: true, plan, promotion };
  throw new ConflictError({
    code: 'IDEMPOTENCY_KEY_REUSED',
    message: `idempotency key was used for another request: ${asked.idempotencyKey}`,
  });
}

/** The key as Redis knows it: nobody repeats another one's request. Without a key of the caller's, the command's id serves. */
function requestKey(asked: Asked, id: string): string {
  return asked.idempotencyKey === undefined ? id : `${asked.actor.name} ${asked.idempotencyKey}`;
}

function requestMark(request: object): string {
  return sha256Text(JSON.stringify(Object.entries(request).sort()));
}
