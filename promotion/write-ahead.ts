/** The history tag, written before the environment tag moves: it is the order of releases, and it pins their content. */
import { historyTag } from '../core/history.ts';
import type { Entry } from './entry.ts';
import type { Lane, ProvedContent } from './lane.ts';

/**
 * Writes `<env>-rN-<digest12>`. Safe to repeat: a number names one digest. It carries no fence: a late write of it
 * changes nothing, and after a failover whoever writes it again may have a lower token than the one who wrote it first.
 */
export async function writeAhead(entry: Entry, content: ProvedContent, lane: Lane, signal: AbortSignal): Promise<void> {
  await lane.onStep('history-tag');
  await lane.pen.advance('moving');
  const tag = historyTag(entry.environment, entry.number, entry.digest);
  await lane.target.pushTag(tag, content, { signal, command: entry.commandId });
}
