/** A worker's hold on one lane: what it may do in Redis under its token, and nothing once the token is old. */
import type { Redis } from 'ioredis';
import type { LaneKey } from '../../core/lane-key.ts';
import type { PromotionState } from '../../core/promotion.ts';
import type { Receipt } from '../../core/receipt.ts';
import type { ReleaseRecord } from '../../core/release-record.ts';
import { assert, ConflictError } from '../../errors/errors.ts';
import { type Digest, shortDigest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { laneKeys } from './lane-keys.ts';
import {
  advance,
  begin,
  commit,
  deferHead,
  endHead,
  importLane,
  openIntent,
  openIntents,
  reserve,
  retireIntent,
} from './lane-scripts.ts';
import type { CommittedEntry, Hold } from './lane-state.ts';
import { runScript, type Script } from './script.ts';

/** What a failed command leaves for people to read. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly wayOut: string;
}

/** The worker's end of the lane. Every method but the constructor throws ConflictError LANE_FENCED under an old token. */
export interface LaneHand {
  readonly lane: LaneKey;
  readonly fence: number;
  assertCurrent(): Promise<void>;
  /** Says how far the command is; with the id '' it only asserts the token. */
  advance(id: string, state: PromotionState): Promise<void>;
  /** The number of the entry that `id` writes. Rule: lane-protocol, "6". */
  reserve(id: string, highestListed: number, isHead: boolean): Promise<number>;
  openIntent(tag: Tag, digest: Digest): Promise<string>;
  openIntents(tag: Tag, digests12: readonly string[]): Promise<void>;
  retireIntent(attemptId: string): Promise<void>;
  commit(receipt: Receipt, receiptDigest: Digest, terms: CommitTerms): Promise<void>;
  endHead(id: string, state: PromotionState, failure: Failure): Promise<void>;
  deferHead(id: string, failure: Failure, wakeAtMs: number): Promise<void>;
  import(found: Imported): Promise<void>;
}

export interface CommitTerms {
  /** Whether the command must head the mailbox: promotions and rollbacks. */
  readonly isHead: boolean;
  readonly adopts: boolean;
  readonly liftsHold: boolean;
  /** Whether the lane is reconciled with this run of Redis by this commit. Rule: lane-protocol, "5a". */
  readonly setsRun: boolean;
}

/** What an import found in the registry. */
export interface Imported {
  readonly ledger: CommittedEntry | undefined;
  /** Newly learned entries, oldest first. */
  readonly records: readonly ReleaseRecord[];
  readonly receiptedCommands: readonly string[];
  readonly tag: Tag;
  readonly digests12: readonly string[];
  readonly hold: Hold | undefined;
  readonly nothingAbove: boolean;
  /** Which commands that older runs accepted are superseded, */
  readonly supersedes: 'none' | 'promotions' | 'all';
  /** but for this one: the topmost entry is its own. */
  readonly author: string | undefined;
}

export interface LaneHandOptions {
  readonly now: () => number;
  /** Random text of at least 128 bits, without colons. */
  readonly newId: () => string;
  /** Highest fence a registry has shown for this lane's tags. */
  readonly leastCounter: number;
}

/** Takes the lane: a new token, which fences every other worker. Rule: lane-protocol, "4". */
export async function takeLane(redis: Redis, lane: LaneKey, options: LaneHandOptions): Promise<LaneHand> {
  const keys = laneKeys(lane);
  const token = String(await runScript(redis, begin, keys, [options.newId(), options.leastCounter]));
  const iso = () => new Date(options.now()).toISOString();
  const run = async (what: Script, ...values: (string | number)[]): Promise<unknown> => {
    const answer = await runScript(redis, what, keys, [token, ...values]);
    if (answer === 'fenced') throw fenced(lane);
    assert(answer !== 'illegal', `a promotion of ${lane.app} in ${lane.environment} cannot go there: ${values[0]}`);
    return answer;
  };
  const intentOf = (tag: Tag, digest12: string) => JSON.stringify({ token, tag, digest12, atMs: options.now() });
  const intentsOf = (tag: Tag, digests12: readonly string[]) =>
    JSON.stringify(Object.fromEntries(digests12.map((digest12) => [`seen-${digest12}`, intentOf(tag, digest12)])));
  return {
    lane,
    fence: Number(token.split(':')[0]),
    assertCurrent: async () => void (await run(advance, '', '')),
    advance: async (id, state) => void (await run(advance, id, state)),
    reserve: async (id, listed, isHead) => Number(await run(reserve, id, listed, flag(isHead), iso())),
    openIntent: async (tag, digest) => {
      const attemptId = options.newId();
      await run(openIntent, attemptId, intentOf(tag, shortDigest(digest)), options.now());
      return attemptId;
    },
    openIntents: async (tag, digests12) => void (await run(openIntents, intentsOf(tag, digests12))),
    retireIntent: async (attemptId) => void (await run(retireIntent, attemptId)),
    commit: async (receipt, receiptDigest, terms) =>
      void (await run(commit, ...commitValues(receipt, receiptDigest, terms, iso()))),
    endHead: async (id, state, failure) => void (await run(endHead, id, state, JSON.stringify(failure), iso())),
    deferHead: async (id, failure, wakeAtMs) => void (await run(deferHead, id, JSON.stringify(failure), wakeAtMs)),
    import: async (found) =>
      void (await run(importLane, ...importValues(found, intentsOf(found.tag, found.digests12), iso()))),
  };
}

/** The error of a worker whose token is old. */
function fenced(lane: LaneKey): ConflictError {
  return new ConflictError({
    code: 'LANE_FENCED',
    message: `a newer command took the lane of ${lane.app} in ${lane.environment}`,
  });
}

function commitValues(receipt: Receipt, receiptDigest: Digest, terms: CommitTerms, at: string): (string | number)[] {
  const hold = terms.adopts ? JSON.stringify({ by: receipt.actor, reason: receipt.reason ?? '', since: at }) : '';
  return [
    receipt.commandId,
    flag(terms.isHead),
    JSON.stringify(committedEntry(receipt, receiptDigest)),
    JSON.stringify(releaseRecord(receipt)),
    at,
    flag(terms.adopts),
    hold,
    flag(terms.liftsHold),
    flag(terms.setsRun),
  ];
}

function importValues(found: Imported, intents: string, at: string): (string | number)[] {
  return [
    at,
    found.ledger === undefined ? '' : JSON.stringify(found.ledger),
    JSON.stringify(found.records.map((record) => JSON.stringify(record))),
    JSON.stringify(found.receiptedCommands),
    intents,
    found.hold === undefined ? '' : JSON.stringify(found.hold),
    flag(found.nothingAbove),
    found.supersedes,
    found.author ?? '',
  ];
}

/** The ledger's head for a receipt. */
export function committedEntry(receipt: Receipt, receiptDigest: Digest): CommittedEntry {
  const { number, digest, kind, at, actor, version } = receipt;
  return { number, digest, kind, at, by: actor, receipt: receiptDigest, ...(version === undefined ? {} : { version }) };
}

/** The ledger's record for a receipt. */
export function releaseRecord(receipt: Receipt): ReleaseRecord {
  const { number, digest, version, kind, actor, reason, at, from } = receipt;
  return { number, digest, version, kind, by: actor, reason, at, from };
}

function flag(value: boolean): '1' | '0' {
  return value ? '1' : '0';
}
