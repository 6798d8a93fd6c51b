/**
 * What a lane does next: the pure *decide* of the lane protocol, its rule 5.
 *
 * A lane is one app in one environment. Its worker lists the history, reads the environment tag, asks here, and obeys;
 * then it begins again. Everything that can go wrong between two steps is found by the next pass, which is why the
 * order of the rules below is the protocol. docs/lanes.md tells it in prose; test/core/lane-model.test.ts searches it.
 */
import { type Digest, shortDigest } from '../oci/spec/digest.ts';
import type { Command } from './command.ts';
import type { DriftPolicy } from './config.ts';
import { compareEntries, type HistoryEntry } from './history.ts';

/** The newest committed entry, as Redis knows it. */
export interface LedgerHead {
  readonly number: number;
  readonly digest: Digest;
}

/** A tag write that was announced and whose fate is not known to be over. */
export interface Intent {
  /** First twelve hexadecimal digits of the digest: all that a history tag tells. */
  readonly digest12: string;
}

/** One pass's view: what Redis holds, and what the registry answered. */
export interface LaneView {
  /** Run id of the Redis that answers now. */
  readonly runId: string;
  /** Run id under which the lane was last reconciled with the registry. */
  readonly laneRun: string | undefined;
  readonly ledger: LedgerHead | undefined;
  /** First command of the mailbox. */
  readonly head: Command | undefined;
  /** Whether a worker began the head before: it may have moved the tag and died. */
  readonly headIsStarted: boolean;
  readonly intents: readonly Intent[];
  /** Complete history, oldest first. */
  readonly history: readonly HistoryEntry[];
  /** Digest under the environment tag; undefined when the tag is absent. */
  readonly tag: Digest | undefined;
  readonly drift: DriftPolicy;
}

/** What to do next. Each kind is one rule of the protocol. */
export type LaneStep =
  | ImportStep
  | { readonly kind: 'adopt'; readonly direct: HistoryEntry; readonly seen: readonly HistoryEntry[] }
  | { readonly kind: 'adopt-tag'; readonly digest: Digest }
  | { readonly kind: 'repair'; readonly digest: Digest }
  | { readonly kind: 'settle'; readonly digest: Digest }
  | { readonly kind: 'refuse-drift'; readonly command: Command; readonly found: Digest | undefined }
  | { readonly kind: 'run'; readonly command: Command }
  | { readonly kind: 'idle'; readonly drifted: boolean };

/** Reconciling with the registry after Redis changed its run id, or at the very first pass. */
export interface ImportStep {
  readonly kind: 'import';
  /** Newest entry with a receipt, when it is above the ledger: the ledger becomes it. */
  readonly newest: HistoryEntry | undefined;
  /** What lies above the newest receipt: nothing, an entry to complete, or entries to settle with one of our own. */
  readonly above:
    | { readonly kind: 'nothing' }
    | { readonly kind: 'complete'; readonly entry: HistoryEntry }
    | { readonly kind: 'settle' };
}

/** The first rule that matches. Rule: lane-protocol, "5". */
export function decide(view: LaneView): LaneStep {
  if (view.laneRun !== view.runId) return planImport(view);
  const direct = directAbove(view.history, view.ledger?.number ?? 0).at(-1);
  if (direct !== undefined) return { kind: 'adopt', direct, seen: view.history.filter((entry) => entry.direct) };
  if (view.head === undefined && view.ledger !== undefined && isReceiptedAbove(view)) {
    return { kind: 'settle', digest: view.ledger.digest };
  }
  if (view.tag === view.ledger?.digest) return runOrRest(view, false);
  return answerDifference(view);
}

/** Direct entries above a number, lowest first. Rule: lane-protocol, "5b". */
export function directAbove(history: readonly HistoryEntry[], number: number): readonly HistoryEntry[] {
  return history.filter((entry) => entry.direct && entry.number > number).sort(compareEntries);
}

/** Whether an intent is open for the digest. */
export function isIntended(intents: readonly Intent[], digest: Digest): boolean {
  return intents.some((intent) => intent.digest12 === shortDigest(digest));
}

/** Rule: lane-protocol, "5a". Direct entries go by rule 5b, in the pass after. */
function planImport(view: LaneView): ImportStep {
  const ledgerNumber = view.ledger?.number ?? 0;
  const newest = view.history.findLast((entry) => entry.receipted && entry.number > ledgerNumber);
  const floor = newest?.number ?? ledgerNumber;
  const unreceipted = view.history.filter((entry) => !entry.direct && !entry.receipted && entry.number > floor);
  const top = unreceipted.at(-1);
  if (top === undefined || directAbove(view.history, floor).length > 0) {
    return { kind: 'import', newest, above: { kind: 'nothing' } };
  }
  if (view.tag !== undefined && shortDigest(view.tag) === top.digest12) {
    return { kind: 'import', newest, above: { kind: 'complete', entry: top } };
  }
  // With nothing ever committed there is no digest to settle on: the entries above are void, their numbers spent.
  const settles = newest !== undefined || view.ledger !== undefined;
  return { kind: 'import', newest, above: settles ? { kind: 'settle' } : { kind: 'nothing' } };
}

/** The tag is not where the ledger says: writes of our own are finished or repaired, other hands are drift. */
function answerDifference(view: LaneView): LaneStep {
  const { ledger, head, tag } = view;
  if (head?.kind === 'rollback') return { kind: 'run', command: head };
  if (ledger === undefined) return answerUnknownTag(view);
  // Rule: lane-protocol, "5c". The head is no rollback, so the committed digest comes back first.
  if (tag !== undefined && isIntended(view.intents, tag)) return { kind: 'repair', digest: ledger.digest };
  if (head !== undefined && isHeadsOwn(view)) return { kind: 'run', command: head };
  if (isWrittenAhead(view) || view.drift === 'heal') return { kind: 'repair', digest: ledger.digest };
  if (view.drift === 'adopt' && tag !== undefined) return { kind: 'adopt-tag', digest: tag };
  return head === undefined ? { kind: 'idle', drifted: true } : { kind: 'refuse-drift', command: head, found: tag };
}

/** A tag, but nothing was ever committed: the environment existed before we came, unless the write is our own. */
function answerUnknownTag(view: LaneView): LaneStep {
  const { tag } = view;
  const isOurs = tag === undefined || isIntended(view.intents, tag) || isHeadsOwn(view) || isWrittenAhead(view);
  return isOurs ? runOrRest(view, false) : { kind: 'adopt-tag', digest: tag };
}

/** Whether the tag is where the started head was to put it: its writer died between the flip and the commit. */
function isHeadsOwn(view: LaneView): boolean {
  return view.headIsStarted && view.head?.digest === view.tag;
}

/**
 * Whether the registry would tell, without us, that a command of ours was committed which in truth ended as failed:
 * its receipt landed, but was never answered. Only an entry above it makes registry and ledger say the same again.
 */
function isReceiptedAbove(view: LaneView): boolean {
  return entriesAbove(view).some((entry) => entry.receipted);
}

/** Whether a history entry that was never committed names the tag's digest: a command of ours that ended half way. */
function isWrittenAhead(view: LaneView): boolean {
  const { tag } = view;
  return tag !== undefined && entriesAbove(view).some((entry) => entry.digest12 === shortDigest(tag));
}

/** Entries of our own above the ledger: none of them was committed. */
function entriesAbove({ history, ledger }: LaneView): readonly HistoryEntry[] {
  return history.filter((entry) => !entry.direct && entry.number > (ledger?.number ?? 0));
}

function runOrRest(view: LaneView, drifted: boolean): LaneStep {
  return view.head === undefined ? { kind: 'idle', drifted } : { kind: 'run', command: view.head };
}
