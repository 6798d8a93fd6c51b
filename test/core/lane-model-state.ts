/**
 * The state of the lane protocol's model: one lane's Redis, its registry, two workers, and what the properties remember.
 *
 * States are values: a move makes a new one and shares what it leaves alone. Digests are letters.
 */
import type { Command } from '../../core/command.ts';
import type { DriftPolicy } from '../../core/config.ts';
import { type HistoryEntry, historyTag } from '../../core/history.ts';
import type { LaneView } from '../../core/lane.ts';
import { type Digest, parseDigest, shortDigest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';

/** How many of everything a search may use: what makes it finite. */
export interface Bounds {
  /** Digests of the promotions that may be accepted, in any order, at any time. */
  readonly promotions: readonly string[];
  /** Digests that the rollbacks ask for; with `isDefault` they stay when a promotion has started. */
  readonly rollbacks: readonly { readonly digest: string; readonly isDefault: boolean }[];
  /** Digest of a rollback that a CLI makes without the service; undefined for none. */
  readonly direct: string | undefined;
  /** Crashes of a worker, and tag writes that get no answer or land late. */
  readonly faults: number;
  /** Workers that take the lane from one that still works: it was frozen. */
  readonly stalls: number;
  /** Failovers of Redis to an earlier state of itself; with `loses` also to an empty one. */
  readonly failovers: number;
  readonly loses: boolean;
  /** Commands that end as failed, at any write that got no answer. */
  readonly failures: number;
  /** Whether listing and deciding, and writing a tag and retiring its intent, are two steps each. */
  readonly fine: boolean;
  readonly drift: DriftPolicy;
}

/** An entry of the history as the registry has it. */
export interface ModelEntry {
  readonly number: number;
  readonly digest: string;
  readonly isDirect: boolean;
  /** Who is named by the receipt: the number of a command, a `Deed`, or undefined without a receipt. */
  readonly receipt: number | undefined;
  /** Whose entry it is, and under which run of Redis it was written: for the properties alone. */
  readonly owner: number;
  readonly run: number;
}

/** Who writes an entry when no command does; commands are numbered from 0. */
export const deeds = { settle: -1, adopt: -2, complete: -3, repair: -4, cli: -5 } as const;

/** A write on its way: it lands when it lands. */
export type Flight =
  | { readonly kind: 'history' | 'receipt'; readonly entry: ModelEntry }
  | { readonly kind: 'tag'; readonly digest: string };

export interface ModelRedis {
  readonly run: number;
  /** Run under which the lane was reconciled; -1 for none. */
  readonly laneRun: number;
  /** 0 when nothing was ever committed. */
  readonly ledgerNumber: number;
  readonly ledgerDigest: string;
  readonly mailbox: readonly number[];
  /** The command that was started; -1 for none. */
  readonly started: number;
  /** 0 for an ownerless one. */
  readonly token: number;
  /** Reserved number by command; then the adoption's, and the settlements' on a, b, c and d. */
  readonly reserved: readonly number[];
  readonly reservedMax: number;
  /** Digests of open intents that no worker will retire any more, in alphabetical order. */
  readonly intents: string;
  readonly commands: readonly ModelCommand[];
}

export interface ModelCommand {
  readonly isRollback: boolean;
  readonly status: 'unasked' | 'waiting' | 'promoted' | 'superseded' | 'failed' | 'joined';
  readonly digest: string;
  /** Run of Redis that accepted it. */
  readonly run: number;
}

/** Where a worker stands: the step that it takes next. */
export type Place =
  | 'rest'
  | 'look'
  | 'decide'
  | 'history'
  | 'intent'
  | 'tag'
  | 'retire'
  | 'review'
  | 'receipt'
  | 'commit';

export interface ModelWorker {
  readonly place: Place;
  readonly token: number;
  /** Run of Redis in which it began. */
  readonly run: number;
  /** The command, or the deed, whose entry is being written. */
  readonly id: number;
  readonly number: number;
  readonly digest: string;
  /** Whether its attempt's intent is open. */
  readonly isIntentOpen: boolean;
  /** In a fine search: the history as it was listed. */
  readonly listed: readonly ModelEntry[];
}

export interface ModelState {
  readonly redis: ModelRedis;
  /** What a stale replica holds. */
  readonly replica: ModelRedis | undefined;
  readonly tag: string;
  /** In the order of `compareEntries`. */
  readonly entries: readonly ModelEntry[];
  readonly flights: readonly Flight[];
  readonly workers: readonly [ModelWorker, ModelWorker];
  readonly faults: number;
  readonly stalls: number;
  readonly failovers: number;
  readonly failures: number;
  readonly seen: Witness;
}

/** What the properties remember of the past. */
export interface Witness {
  /** Commands in the order in which they were accepted. */
  readonly accepted: readonly number[];
  /** Commands that were committed, in alphabetical order of their numbers; by the rollback that joined them, too. */
  readonly committed: readonly number[];
  /** Pairs of a rollback and the one that it joined. */
  readonly joined: readonly (readonly [number, number])[];
  /** Digest and number of the newest commit. */
  readonly current: string;
  readonly currentNumber: number;
  /** Whether the ledger committed it; false when an import found it in the registry. */
  readonly isFirm: boolean;
  /** A direct rollback: not made, made after everything that was accepted, or followed by a command. */
  readonly direct: 'none' | 'last' | 'followed';
  /** What went wrong: the search ends here. */
  readonly breach: string | undefined;
}

export const resting: ModelWorker = {
  place: 'rest',
  token: 0,
  run: 0,
  id: 0,
  number: 0,
  digest: '',
  isIntentOpen: false,
  listed: [],
};

/** Two releases are history, the second is current, nothing waits. */
export function openingState(bounds: Bounds): ModelState {
  const commands: ModelCommand[] = [
    ...bounds.promotions.map((digest) => ({ isRollback: false, status: 'unasked' as const, digest, run: 0 })),
    ...bounds.rollbacks.map(({ digest }) => ({ isRollback: true, status: 'unasked' as const, digest, run: 0 })),
  ];
  return {
    redis: {
      run: 0,
      laneRun: 0,
      ledgerNumber: 2,
      ledgerDigest: 'b',
      mailbox: [],
      started: -1,
      token: 0,
      reserved: [...commands.map(() => 0), 0, 0, 0, 0, 0],
      reservedMax: 2,
      intents: '',
      commands,
    },
    replica: undefined,
    tag: 'b',
    entries: [
      { number: 1, digest: 'a', isDirect: false, receipt: deeds.cli, owner: deeds.cli, run: 0 },
      { number: 2, digest: 'b', isDirect: false, receipt: deeds.cli, owner: deeds.cli, run: 0 },
    ],
    flights: [],
    workers: [resting, resting],
    faults: bounds.faults,
    stalls: bounds.stalls,
    failovers: bounds.failovers,
    failures: bounds.failures,
    seen: {
      accepted: [],
      committed: [],
      joined: [],
      current: 'b',
      currentNumber: 2,
      isFirm: true,
      direct: 'none',
      breach: undefined,
    },
  };
}

/** Redis after it has lost everything. */
export function emptied(redis: ModelRedis): ModelRedis {
  return {
    ...redis,
    run: redis.run + 1,
    laneRun: -1,
    ledgerNumber: 0,
    ledgerDigest: '',
    mailbox: [],
    started: -1,
    token: 0,
    reserved: redis.reserved.map(() => 0),
    reservedMax: 0,
    intents: '',
    commands: redis.commands.map((command) => ({ ...command, status: 'unasked' })),
  };
}

/** What `decide` is shown; `history` is what was listed. */
export function viewOf(state: ModelState, history: readonly ModelEntry[], drift: DriftPolicy): LaneView {
  const { redis, workers } = state;
  const id = redis.mailbox[0];
  const head = id === undefined ? undefined : redis.commands[id];
  const open = workers.filter((worker) => worker.isIntentOpen).map((worker) => worker.digest);
  return {
    runId: `run-${redis.run}`,
    laneRun: redis.laneRun < 0 ? undefined : `run-${redis.laneRun}`,
    ledger: redis.ledgerNumber === 0 ? undefined : { number: redis.ledgerNumber, digest: digestOf(redis.ledgerDigest) },
    head: id === undefined || head === undefined ? undefined : headOf(id, head),
    headIsStarted: id !== undefined && redis.started === id,
    intents: [...redis.intents, ...open].map((letter) => ({ digest12: shortDigest(digestOf(letter)) })),
    history: history.map(historyEntryOf),
    tag: digestOf(state.tag),
    drift,
  };
}

/** What `decide` is shown when Redis has lost everything: the registry alone tells. */
export function emptyViewOf(state: ModelState): LaneView {
  const view = viewOf(state, state.entries, 'report');
  return { ...view, laneRun: undefined, ledger: undefined, head: undefined, headIsStarted: false, intents: [] };
}

const digests = new Map<string, Digest>();

/** The digest of a letter. */
export function digestOf(letter: string): Digest {
  const known = digests.get(letter);
  if (known !== undefined) return known;
  const digest = parseDigest(`sha256:${letter.repeat(64)}`);
  digests.set(letter, digest);
  return digest;
}

/** The letter of a digest. */
export function letterOf(digest: string): string {
  return digest.slice(-1);
}

const historyEntries = new Map<string, HistoryEntry>();

function historyEntryOf({ number, digest, isDirect, receipt }: ModelEntry): HistoryEntry {
  const key = `${number}${digest}${isDirect}${receipt === undefined}`;
  const known = historyEntries.get(key);
  if (known !== undefined) return known;
  const tag = historyTag('env', number, digestOf(digest));
  const entry: HistoryEntry = {
    number,
    digest12: shortDigest(digestOf(digest)),
    direct: isDirect,
    receipted: receipt !== undefined,
    tag: isDirect ? parseTag(`${tag}-direct`) : tag,
  };
  historyEntries.set(key, entry);
  return entry;
}

const heads = new Map<string, Command>();

function headOf(id: number, { isRollback, digest }: ModelCommand): Command {
  const key = `${id}${digest}${isRollback}`;
  const known = heads.get(key);
  if (known !== undefined) return known;
  const command: Command = {
    id: String(id),
    kind: isRollback ? 'rollback' : 'promotion',
    digest: digestOf(digest),
    version: undefined,
    source: { registry: 'r', repository: parseRepositoryName('dev/web') },
    planId: 'plan',
    actor: 'tester',
    automatic: false,
    reason: undefined,
    requestedAt: '2026-11-23T12:00:00.000Z',
    runId: '',
  };
  heads.set(key, command);
  return command;
}
