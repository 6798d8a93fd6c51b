/** The look back after a flip: somebody may have rolled back without the service meanwhile. */
import { readHistory } from '../core/history.ts';
import { directAbove } from '../core/lane.ts';
import { ConflictError } from '../errors/errors.ts';
import { collectTags } from './collect-tags.ts';
import type { Entry } from './entry.ts';
import type { Lane } from './lane.ts';

/**
 * Passes when no direct entry is newer than what *decide* knew. Rule: lane-protocol, "9".
 * @throws ConflictError DIRECT_ENTRY_FOUND; the lane's next pass adopts it.
 */
export async function assertNoNewerDirectEntry(entry: Entry, lane: Lane, signal: AbortSignal): Promise<void> {
  await lane.onStep('list-again');
  const history = readHistory(entry.environment, await collectTags(lane.target, signal));
  const known = new Set<string>(entry.directTags);
  const newer = directAbove(history, entry.ledgerNumber).find((direct) => !known.has(direct.tag));
  if (newer === undefined) return;
  throw new ConflictError({ code: 'DIRECT_ENTRY_FOUND', message: `a direct rollback came first: ${newer.tag}` });
}
