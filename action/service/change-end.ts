/** What became of a promotion or rollback that a step asked for. */
import type { PlanView } from '../../api/plan.ts';
import type { PromotionView } from '../../api/promotion.ts';

/** A change, as far as the step saw it. */
export interface ChangeEnd {
  /** `unchanged`: it is already so. `queued`: it was not waited for. `waiting`: the time was up before it ended. */
  readonly kind: 'refused' | 'planned' | 'unchanged' | 'queued' | 'waiting' | 'ended';
  readonly plan: PlanView;
  /** Undefined when none was queued. */
  readonly promotion: PromotionView | undefined;
}
