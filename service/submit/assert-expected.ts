/** Whether the caller decided on what is still so. */
import type { LaneKey } from '../../core/lane-key.ts';
import { expectedCurrentChanged } from '../ledger/accept.ts';
import type { LaneState } from '../ledger/lane-state.ts';

/** @throws ConflictError EXPECTED_CURRENT_CHANGED when the lane is not on the digest the caller saw. */
export function assertExpected(lane: LaneKey, expected: string | undefined, state: LaneState): void {
  if (expected === undefined || state.ledger?.digest === expected) return;
  throw expectedCurrentChanged(lane, expected, state.ledger?.digest ?? '');
}
