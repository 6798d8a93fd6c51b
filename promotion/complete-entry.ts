/** Completing an entry whose writer died between the flip and the receipt. */
import type { Receipt } from '../core/receipt.ts';
import type { Entry } from './entry.ts';
import type { Lane } from './lane.ts';
import { pushReceipt } from './push-receipt.ts';

/** Writes the receipt and commits; the environment tag holds the entry's digest already. Rule: lane-protocol, "5a". */
export async function completeEntry(entry: Entry, lane: Lane, signal: AbortSignal): Promise<Receipt> {
  const content = await lane.target.fetchManifest(entry.digest, signal);
  const { receipt, digest } = await pushReceipt(entry, content, lane, signal);
  await lane.onStep('commit');
  await lane.pen.commit(receipt, digest);
  return receipt;
}
