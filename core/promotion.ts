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

/** Where a promotion can go from each state. An attempt that starts again goes back to copying. */
export const promotionEdges: Readonly<Record<PromotionState, readonly PromotionState[]>> = {
  requested: ['waiting', 'refused', 'cancelled', 'superseded'],
  waiting: ['copying', 'moving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  copying: ['copying', 'waiting', 'proving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  proving: ['copying', 'waiting', 'moving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  moving: ['copying', 'waiting', 'moving', 'refused', 'failed', 'cancelled', 'superseded', 'promoted'],
  promoted: [],
  refused: [],
  failed: [],
  cancelled: [],
  superseded: [],
};

/** Whether the promotion can move between the two states. */
export function mayFollow(before: PromotionState, after: PromotionState): boolean {
  return promotionEdges[before].includes(after);
}

/** Whether nothing can happen to the promotion any more. */
export function isEnd(state: PromotionState): boolean {
  return promotionEdges[state].length === 0;
}
