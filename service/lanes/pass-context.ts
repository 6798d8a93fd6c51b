/** One pass of a lane's worker: what it holds, what it saw, how it may end. */
import type { CommitTerms, LaneHand } from '../ledger/lane-hand.ts';
import type { LaneParts } from './lane-parts.ts';
import type { LanePass } from './read-view.ts';

export interface PassContext {
  readonly hand: LaneHand;
  readonly seen: LanePass;
  readonly parts: LaneParts;
  readonly signal: AbortSignal;
}

/** Whether the lane is to be looked at again, or has nothing (more) to do for this worker. */
export type PassEnd = 'again' | 'rest';

/** Terms of a commit that is neither an adoption nor the head's. */
export const plainTerms: CommitTerms = { isHead: false, adopts: false, liftsHold: false, setsRun: false };
