/** The lifetime of a promotion: its states and the edges between them. */

/** `refused` is policy, `failed` technical, `cancelled` a person, `superseded` a newer command: never mixed. */
export type PromotionState =
  | 'requested'
  | 'waiting'
  | 'copying'
  | 'proving'
  | 'moving'
  | 'promoted'
  | 'refused'
  | 'failed'
  | 'cancelled'
  | 'superseded';

/**
 * Where a promotion can go from each state. An attempt that is put off waits again; one that starts again goes back to
 * copying, a rollback's to proving. The ledger's scripts carry this table and let nothing else happen.
 */
export const promotionEdges: Readonly<Record<PromotionState, readonly PromotionState[]>> = {
  requested: ['waiting', 'refused', 'cancelled', 'superseded'],
  waiting: ['waiting', 'copying', 'proving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  copying: ['waiting', 'copying', 'proving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  proving: ['waiting', 'copying', 'proving', 'moving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  moving: ['waiting', 'copying', 'proving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  promoted: [],
  refused: [],
  failed: [],
  cancelled: [],
  superseded: [],
};

/** Whether nothing can happen to the promotion any more. */
export function isEnd(state: PromotionState): boolean {
  return promotionEdges[state].length === 0;
}
