/** The one door, opened: submit, and see what became of it. */
import { NotFoundError } from '../errors/errors.ts';
import { findPromotionLane, readPromotion } from './ledger/promotion-record.ts';
import type { Promotions } from './promotions.ts';
import type { SubmitContext } from './submit/context.ts';
import { findPlace } from './submit/find-place.ts';
import { submitPromotion } from './submit/submit-promotion.ts';
import { submitRollback } from './submit/submit-rollback.ts';
import { readLaneHistory } from './view/read-history.ts';
import { readStatus } from './view/read-status.ts';

/** The door over this Redis and these registries. */
export function openPromotions(context: SubmitContext): Promotions {
  return {
    submitPromotion: (request, actor, idempotencyKey) =>
      submitPromotion(context, request, { actor, idempotencyKey, automatic: false }),
    submitRollback: (request, actor, idempotencyKey) =>
      submitRollback(context, request, { actor, idempotencyKey, automatic: false }),
    status: () => readStatus(context),
    history: async (app, environment) => readLaneHistory(context, await findPlace(context, app, environment)),
    read: async (id) => {
      const lane = await findPromotionLane(context.redis, id);
      const promotion = lane === undefined ? undefined : await readPromotion(context.redis, lane, id);
      if (promotion !== undefined) return promotion;
      throw new NotFoundError({ code: 'PROMOTION_UNKNOWN', message: `unknown promotion: ${id}` });
    },
  };
}
