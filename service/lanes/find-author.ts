/** Whose the topmost entry of a history is, when nobody lived to commit it. */
import type { Command } from '../../core/command.ts';
import type { Receipt } from '../../core/receipt.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import { readCommand } from '../ledger/promotion-record.ts';
import type { PassContext } from './pass-context.ts';

/**
 * The command that reserved the entry's number; where a failover has lost the number, the command that was next and
 * has none, if it is for the entry's digest. Undefined for an entry of the lane's own, or of a command that was lost.
 * `receipts` are those above the ledger.
 */
export async function findAuthor(receipts: readonly Receipt[], context: PassContext): Promise<Command | undefined> {
  const { seen, hand, parts } = context;
  const top = seen.view.history.findLast((entry) => !entry.direct);
  if (top === undefined || top.receipted || top.number <= (seen.state.ledger?.number ?? 0)) return undefined;
  const reserver = [...seen.state.reserved].find(([, number]) => number === top.number)?.[0];
  const author =
    reserver === undefined ? await findNext(receipts, context) : await readCommand(parts.redis, hand.lane, reserver);
  if (author === undefined || receipts.some(({ commandId }) => commandId === author.id)) return undefined;
  return shortDigest(author.digest) === top.digest12 ? author : undefined;
}

/**
 * The first command in the mailbox that an older run of Redis accepted and that was not committed, if it has no number
 * yet. Nobody is next once something was committed that came later: an adoption, or a command that Redis has lost.
 */
async function findNext(receipts: readonly Receipt[], context: PassContext): Promise<Command | undefined> {
  const { seen, hand, parts } = context;
  const { waiting, reserved, reservedMax } = seen.state;
  const isLater = ({ number, commandId, directTags }: Receipt) =>
    directTags !== undefined || (number > reservedMax && !waiting.includes(commandId));
  if (receipts.some(isLater)) return undefined;
  const committed = new Set(receipts.map(({ commandId }) => commandId));
  const next = waiting.find((id) => !committed.has(id));
  const command = next === undefined ? undefined : await readCommand(parts.redis, hand.lane, next);
  const isOlder = command !== undefined && command.runId !== seen.view.runId;
  return isOlder && !reserved.has(command.id) ? command : undefined;
}
