/** What was answered to a request that came with an idempotency key, for the day it comes again. */
import type { PlanView } from '../../api/plan.ts';
import type { Submitted } from '../../api/promotion.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { ConflictError } from '../../errors/errors.ts';
import { findAcceptedId } from '../ledger/accept.ts';
import { promotionKey } from '../ledger/lane-keys.ts';
import { parseJson } from '../ledger/lane-state.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import type { Asked, SubmitContext } from './context.ts';
import { sha256Text } from './hash-text.ts';

/** The key as Redis knows it: nobody repeats another one's request. Without a key of the caller's, the command's id serves. */
export function requestKey(asked: Asked, id: string): string {
  return asked.idempotencyKey === undefined ? id : `${asked.actor.name} ${asked.idempotencyKey}`;
}

/** Keeps the plan that was answered, and a mark of the request. */
export async function rememberAnswer(
  context: SubmitContext,
  lane: LaneKey,
  id: string,
  request: object,
  plan: PlanView,
): Promise<void> {
  await context.redis.hset(promotionKey(lane, id), 'plan', JSON.stringify(plan), 'request', requestMark(request));
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
  const id = await findAcceptedId(context.redis, lane, requestKey(asked, ''));
  if (id === undefined) return undefined;
  const [planText, mark] = await context.redis.hmget(promotionKey(lane, id), 'plan', 'request');
  const plan = parseJson<PlanView>(planText ?? undefined);
  const promotion = await readPromotion(context.redis, lane, id);
  if (plan === undefined || promotion === undefined) return undefined;
  if (mark === requestMark(request)) return { changed: true, plan, promotion };
  throw new ConflictError({
    code: 'IDEMPOTENCY_KEY_REUSED',
    message: `idempotency key was used for another request: ${asked.idempotencyKey}`,
  });
}

function requestMark(request: object): string {
  return sha256Text(JSON.stringify(Object.entries(request).sort()));
}
