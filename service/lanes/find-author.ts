/** Whose the topmost entry of a history is, when nobody lived to commit it. */
import type { Command } from '../../core/command.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import { readCommand } from '../ledger/promotion-record.ts';
import type { PassContext } from './pass-context.ts';

/**
 * The command that reserved the entry's number; where a failover has lost the numbers, the command that was next,
 * if it is for the entry's digest. Undefined for an entry of the lane's own, and for one of a command that was lost.
 * `receiptedCommands` are those that were committed after what Redis remembers.
 */
export async function findAuthor(
  receiptedCommands: readonly string[],
  context: PassContext,
): Promise<Command | undefined> {
  const { seen, hand, parts } = context;
  const top = seen.view.history.findLast((entry) => !entry.direct);
  if (top === undefined || top.receipted || top.number <= (seen.state.ledger?.number ?? 0)) return undefined;
  const reserver = [...seen.state.reserved].find(([, number]) => number === top.number)?.[0];
  const author =
    reserver === undefined
      ? await findNext(receiptedCommands, context)
      : await readCommand(parts.redis, hand.lane, reserver);
  return author !== undefined && shortDigest(author.digest) === top.digest12 ? author : undefined;
}

/** The first command in the mailbox that an older run of Redis accepted and that was not committed. */
async function findNext(receiptedCommands: readonly string[], context: PassContext): Promise<Command | undefined> {
  const { seen, hand, parts } = context;
  for (const id of seen.state.waiting.filter((waiting) => !receiptedCommands.includes(waiting))) {
    const command = await readCommand(parts.redis, hand.lane, id);
    if (command !== undefined && command.runId !== seen.view.runId) return command;
  }
  return undefined;
}
