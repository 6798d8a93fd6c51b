/** Reconciling a lane with its registry after Redis changed its run id: what the registry says was committed, was. */
import type { HistoryEntry } from '../../core/history.ts';
import type { ImportStep } from '../../core/lane.ts';
import type { EntryKind } from '../../core/receipt.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { completeEntry } from '../../promotion/complete-entry.ts';
import { type FetchedReceipt, fetchReceipt } from '../../promotion/fetch-receipt.ts';
import { promote } from '../../promotion/promote.ts';
import { committedEntry, type Imported, releaseRecord } from '../ledger/lane-hand.ts';
import type { CommittedEntry } from '../ledger/lane-state.ts';
import { readPromotion } from '../ledger/promotion-record.ts';
import { laneActor, settlementEntry, type Unnumbered } from './entries.ts';
import { laneFor } from './lane-for.ts';
import { type PassContext, plainTerms } from './pass-context.ts';

/** Receipts read in one import, newest first: beyond them, history is listed but not remembered. */
const importedReceiptsMax = 200;

/** Receipts asked for at the same time. */
const receiptConcurrency = 8;

/** Terms of the commit that ends an import with something above. */
const importTerms = { ...plainTerms, setsRun: true };

/** Rule: lane-protocol, "5a". */
export async function importHistory(step: ImportStep, context: PassContext): Promise<void> {
  const { hand, seen, parts, signal } = context;
  await parts.onStep('import', hand.lane);
  const imported = await readImport(step, context);
  await hand.import(imported);
  const ledger = imported.ledger ?? seen.state.ledger;
  const after = withLedger(context, ledger);
  switch (step.above.kind) {
    case 'nothing':
      return;
    case 'complete': {
      const entry = await completedEntry(step.above.entry, after);
      await completeEntry(
        { ...entry, number: step.above.entry.number },
        laneFor(after, importTerms, undefined),
        signal,
      );
      return;
    }
    case 'settle': {
      if (ledger === undefined) return;
      const entry = settlementEntry(ledger.digest, ledger.version, after);
      const highest = seen.view.history.at(-1)?.number ?? 0;
      const number = await hand.reserve(entry.commandId, highest, false);
      await promote({ ...entry, number }, laneFor(after, importTerms, undefined), signal);
      return;
    }
  }
}

async function readImport(step: ImportStep, context: PassContext): Promise<Imported> {
  const { seen, hand } = context;
  const floor = seen.state.ledger?.number ?? 0;
  const receipted = seen.view.history.filter((entry) => entry.receipted && entry.number > floor);
  const receipts = await fetchReceipts(receipted.slice(-importedReceiptsMax), context);
  const last = receipts.at(-1);
  const newest = step.newest === undefined || last === undefined ? undefined : last;
  const holds = newest?.receipt.holds === true;
  return {
    ledger: newest === undefined ? undefined : committedEntry(newest.receipt, newest.digest),
    records: receipts.map(({ receipt }) => releaseRecord(receipt)),
    receiptedCommands: receipts.map(({ receipt }) => receipt.commandId),
    tag: parseTag(hand.lane.environment),
    digests12: [...new Set(seen.view.history.map((entry) => entry.digest12))],
    hold: newest !== undefined && holds ? holdOf(newest) : undefined,
    nothingAbove: step.above.kind === 'nothing',
  };
}

async function fetchReceipts(entries: readonly HistoryEntry[], context: PassContext): Promise<FetchedReceipt[]> {
  const { target } = context.seen.place;
  const receipts: FetchedReceipt[] = [];
  for (let start = 0; start < entries.length; start += receiptConcurrency) {
    const some = entries.slice(start, start + receiptConcurrency);
    receipts.push(...(await Promise.all(some.map((entry) => fetchReceipt(target, entry, context.signal)))));
  }
  return receipts;
}

function holdOf({ receipt }: FetchedReceipt) {
  return { by: receipt.actor, reason: receipt.reason ?? '', since: receipt.at };
}

/** The same pass with the ledger as the import left it. */
function withLedger(context: PassContext, ledger: CommittedEntry | undefined): PassContext {
  return { ...context, seen: { ...context.seen, state: { ...context.seen.state, ledger } } };
}

/** The entry whose writer flipped the tag and died before its receipt: its command is known when Redis kept it. */
async function completedEntry(above: HistoryEntry, context: PassContext): Promise<Unnumbered> {
  const { seen, hand, parts } = context;
  const digest = seen.view.tag as Digest;
  const base = settlementEntry(digest, undefined, context);
  const commandId = [...seen.state.reserved].find(([, number]) => number === above.number)?.[0];
  const known = commandId === undefined ? undefined : await readPromotion(parts.redis, hand.lane, commandId);
  if (commandId === undefined || known === undefined || known.digest !== digest) {
    return { ...base, commandId: `complete-${above.tag}`, actor: laneActor };
  }
  const kind: EntryKind = known.kind;
  const told = { version: known.version, planId: known.planId, actor: known.actor, reason: known.reason };
  return { ...base, ...told, kind, commandId, automatic: false };
}
