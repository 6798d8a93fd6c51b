/** Reconciling a lane with its registry after Redis changed its run id: what the registry says was committed, was. */
import type { Command } from '../../core/command.ts';
import { type HistoryEntry, highestNumber } from '../../core/history.ts';
import type { ImportStep } from '../../core/lane.ts';
import type { Receipt } from '../../core/receipt.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { completeEntry } from '../../promotion/complete-entry.ts';
import type { Entry } from '../../promotion/entry.ts';
import { type FetchedReceipt, fetchReceipt } from '../../promotion/fetch-receipt.ts';
import { committedEntry, type Imported, releaseRecord } from '../ledger/lane-hand.ts';
import type { Hold } from '../ledger/lane-state.ts';
import { settlementEntry } from './entries.ts';
import { findAuthor } from './find-author.ts';
import { laneFor } from './lane-for.ts';
import { type PassContext, plainTerms } from './pass-context.ts';
import type { LanePass } from './read-view.ts';
import { settle } from './settle.ts';

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
  const receipts = await fetchNewReceipts(context);
  const author = await findAuthor(
    receipts.map(({ receipt }) => receipt),
    context,
  );
  const imported = readImport(step, receipts, author, context);
  await hand.import(imported);
  const ledger = imported.ledger ?? seen.state.ledger;
  const after = afterImport(context, imported);
  switch (step.above.kind) {
    case 'nothing':
      return;
    case 'complete': {
      const entry = completedEntry(step.above.entry, author, after);
      await completeEntry(entry, laneFor(after, importTerms, undefined), signal);
      return;
    }
    case 'settle': {
      if (ledger !== undefined) await settle(ledger, importTerms, after);
      return;
    }
  }
}

function readImport(
  step: ImportStep,
  receipts: readonly FetchedReceipt[],
  author: Command | undefined,
  { seen, hand }: PassContext,
): Imported {
  const newest = step.newest === undefined ? undefined : receipts.at(-1);
  return {
    ledger: newest === undefined ? undefined : committedEntry(newest.receipt, newest.digest),
    records: receipts.map(({ receipt }) => releaseRecord(receipt)),
    receiptedCommands: receipts.map(({ receipt }) => receipt.commandId),
    tag: parseTag(hand.lane.environment),
    digests12: [...new Set(seen.view.history.map((entry) => entry.digest12))],
    hold: newest?.receipt.holds === true ? holdOf(receipts, newest.receipt, seen.state.hold) : undefined,
    nothingAbove: step.above.kind === 'nothing',
    supersedes: supersededBy(newest, author, seen),
    author: author?.id,
  };
}

/**
 * What older runs accepted may have been superseded by a command that Redis has lost. That one left an adoption, or
 * a number that Redis never gave out; then nothing that is older may run. Otherwise a registry that is ahead of the
 * ledger supersedes promotions alone: a rollback had fenced whoever wrote there.
 */
function supersededBy(newest: FetchedReceipt | undefined, author: Command | undefined, seen: LanePass) {
  if (newest?.receipt.directTags !== undefined) return 'all';
  const own = seen.view.history.filter((entry) => !entry.direct);
  if (author === undefined && highestNumber(own) > seen.state.reservedMax) return 'all';
  return newest === undefined ? 'none' : 'promotions';
}

/** Receipts above the ledger, oldest first. */
async function fetchNewReceipts(context: PassContext): Promise<FetchedReceipt[]> {
  const floor = context.seen.state.ledger?.number ?? 0;
  const receipted = context.seen.view.history.filter((entry) => entry.receipted && entry.number > floor);
  return fetchReceipts(receipted.slice(-importedReceiptsMax), context);
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

/** The hold as whoever began it said it: an entry of the lane's own only says that it lasts. */
function holdOf(receipts: readonly FetchedReceipt[], newest: Receipt, known: Hold | undefined): Hold {
  const begun = receipts.findLast(({ receipt }) => receipt.kind === 'rollback' || receipt.directTags !== undefined);
  if (begun === undefined && known !== undefined) return known;
  const { actor, reason, at } = begun?.receipt ?? newest;
  return { by: actor, reason: reason ?? '', since: at };
}

/** The same pass with ledger and hold as the import left them. */
function afterImport(context: PassContext, { ledger, hold }: Imported): PassContext {
  const { state } = context.seen;
  const left = { ...state, ledger: ledger ?? state.ledger, hold: hold ?? state.hold };
  return { ...context, seen: { ...context.seen, state: left } };
}

/**
 * The entry whose writer flipped the tag and died before its receipt; it is the author's, when there is one. Without one
 * it may be a settlement that was broken off: it names what is committed, whose version must not get lost.
 */
function completedEntry(above: HistoryEntry, author: Command | undefined, context: PassContext): Entry {
  const { number } = above;
  const digest = context.seen.view.tag as Digest;
  const { ledger } = context.seen.state;
  const base = settlementEntry(digest, ledger?.digest === digest ? ledger.version : undefined, context);
  if (author === undefined) return { ...base, number, commandId: `complete-${above.tag}` };
  const { id, kind, version, planId, actor, reason, automatic } = author;
  const holds = kind === 'rollback';
  return { ...base, number, commandId: id, kind, version, planId, actor, reason, automatic, holds };
}
