/** Promote: the whole of it. Rollback, settlement and adoption take the same path with nothing to copy. */
import type { Receipt } from '../core/receipt.ts';
import { assertNoNewerDirectEntry } from './assert-no-newer-direct-entry.ts';
import { copyContent } from './copy-content.ts';
import type { Entry } from './entry.ts';
import type { Lane } from './lane.ts';
import { moveTags } from './move-tags.ts';
import { proveContent } from './prove-content.ts';
import { pushReceipt } from './push-receipt.ts';
import { writeAhead } from './write-ahead.ts';

/**
 * Makes the entry's digest the environment's current one.
 *
 * The environment tag moves after everything under the digest has been proved present and the history tag pins it,
 * so no reader ever sees a tag whose content is incomplete. Safe to repeat after a crash at any step.
 *
 * @throws ConflictError LANE_FENCED when a newer command took the lane; nothing was committed then.
 * @throws ConflictError DIRECT_ENTRY_FOUND when somebody rolled back without the service meanwhile.
 */
export async function promote(entry: Entry, lane: Lane, signal: AbortSignal): Promise<Receipt> {
  await copyContent(entry, lane, signal);
  const content = await proveContent(entry, lane, signal);
  await writeAhead(entry, content, lane, signal);
  await moveTags(entry, content, lane, signal);
  await assertNoNewerDirectEntry(entry, lane, signal);
  const { receipt, digest } = await pushReceipt(entry, content, lane, signal);
  await lane.onStep('commit');
  await lane.pen.commit(receipt, digest);
  return receipt;
}
