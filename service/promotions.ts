/** The service's one door: every way in (API, CLI, chat, automation) leads through this interface. */
import type { HistoryView } from '../api/history.ts';
import type { PromotionRequest, PromotionView, RollbackRequest, Submitted } from '../api/promotion.ts';
import type { StatusMatrix } from '../api/status.ts';
import type { Actor } from '../core/access.ts';

/**
 * What can be asked of the service. A policy's "no" is data, not an error: the answer then has
 * `plan.decision.allowed === false` with every reason, `changed: false` and no promotion.
 */
export interface Promotions {
  /**
   * Plans a promotion and queues it, durably before the answer.
   *
   * Repeating a request with the same idempotency key answers what the first one answered.
   *
   * @throws InputError for a malformed version, digest or name.
   * @throws NotFoundError for an unknown app, environment, version or digest.
   * @throws ConflictError when `expectedCurrent` is no longer current, or the key was used for another request.
   * @throws TransportError when a registry or Redis does not answer.
   */
  submitPromotion(request: PromotionRequest, actor: Actor, idempotencyKey?: string): Promise<Submitted>;
  /** Plans a rollback and queues it ahead of promotions; otherwise as `submitPromotion`. */
  submitRollback(request: RollbackRequest, actor: Actor, idempotencyKey?: string): Promise<Submitted>;
  /** What is current where. A registry that does not answer is a state of its cells, not an error. */
  status(): Promise<StatusMatrix>;
  /** The history of an app in an environment, newest first; @throws NotFoundError for an unknown name. */
  history(app: string, environment: string): Promise<HistoryView>;
  /** One promotion by its id; @throws NotFoundError PROMOTION_UNKNOWN. */
  read(id: string): Promise<PromotionView>;
}
