/** Everything Redis holds of one lane, read at one instant. */
import type { Redis } from 'ioredis';
import type { Command } from '../../core/command.ts';
import type { Intent, LedgerHead } from '../../core/lane.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import type { EntryKind } from '../../core/receipt.ts';
import { InvariantError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { laneKeys } from './lane-keys.ts';
import { readLane } from './lane-scripts.ts';
import { runScript } from './script.ts';

/** The newest committed entry, with what people want to see of it. */
export interface CommittedEntry extends LedgerHead {
  readonly version?: string;
  readonly kind: EntryKind;
  readonly by: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Digest of the receipt's manifest. */
  readonly receipt: Digest;
}

/** Why automation stands still in a lane. */
export interface Hold {
  readonly by: string;
  readonly reason: string;
  readonly since: string;
}

/** An environment tag on a digest that nobody here put it on. */
export interface Drift {
  /** Digest found; '' for no tag. */
  readonly found: string;
  readonly expected: string;
  readonly since: string;
}

export interface LaneState {
  readonly runId: string;
  readonly laneRun: string | undefined;
  readonly ledger: CommittedEntry | undefined;
  readonly head: Command | undefined;
  /** Time before which the head is not to be tried again, in epoch milliseconds. */
  readonly headWakeAtMs: number;
  readonly headAttempts: number;
  readonly headIsStarted: boolean;
  /** Ids in the mailbox, in order. */
  readonly waiting: readonly string[];
  readonly intents: readonly Intent[];
  readonly quarantined: ReadonlySet<Digest>;
  /** Reserved number by command id. */
  readonly reserved: ReadonlyMap<string, number>;
  /** Highest number that this Redis knows to be given out. */
  readonly reservedMax: number;
  readonly hold: Hold | undefined;
  readonly drift: Drift | undefined;
}

/** The lane's state in Redis. Safe at any time; needs no token. */
export async function readLaneState(redis: Redis, lane: LaneKey): Promise<LaneState> {
  return parseLaneState(await runScript(redis, readLane, laneKeys(lane), []));
}

function parseLaneState(answer: unknown): LaneState {
  if (!Array.isArray(answer)) throw unexpected(answer);
  const [runId, laneFields, headId, headFields, intents, quarantine, reserved, waiting] = answer as unknown[];
  const fields = parsePairs(laneFields);
  const head = parsePairs(headFields);
  const ledger = parseJson<CommittedEntry>(fields.get('ledger'));
  return {
    runId: String(runId),
    laneRun: fields.get('run'),
    ledger,
    head: parseCommand(head),
    headWakeAtMs: Number(head.get('wakeAt') ?? 0),
    headAttempts: Number(head.get('attempts') ?? 0),
    headIsStarted: headId !== '' && fields.get('started') === headId,
    waiting: parseTexts(waiting),
    intents: parseTexts(intents).flatMap((text) => parseJson<Intent>(text) ?? []),
    quarantined: new Set([...parsePairs(quarantine).keys()] as Digest[]),
    reserved: new Map([...parsePairs(reserved)].map(([id, number]) => [id, Number(number)])),
    reservedMax: Math.max(Number(fields.get('reservedMax') ?? 0), ledger?.number ?? 0),
    hold: parseJson<Hold>(fields.get('hold')),
    drift: parseJson<Drift>(fields.get('drift')),
  };
}

/** The command of a promotion's hash; undefined when the hash is empty. */
export function parseCommand(fields: ReadonlyMap<string, string>): Command | undefined {
  const command = parseJson<Command>(fields.get('command'));
  return command === undefined ? undefined : { ...command, runId: fields.get('runId') ?? '' };
}

/** The value of our own JSON in Redis; undefined for an absent field. */
export function parseJson<T>(text: string | undefined): T | undefined {
  return text === undefined || text === '' ? undefined : (JSON.parse(text) as T);
}

/** A flat list of names and values as a map. */
export function parsePairs(answer: unknown): ReadonlyMap<string, string> {
  const texts = parseTexts(answer);
  const pairs = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length; index += 2) pairs.set(texts[index] ?? '', texts[index + 1] ?? '');
  return pairs;
}

function parseTexts(answer: unknown): readonly string[] {
  if (!Array.isArray(answer)) throw unexpected(answer);
  return answer.map(String);
}

function unexpected(answer: unknown): InvariantError {
  return new InvariantError({ code: 'INVARIANT_BROKEN', message: `unexpected answer of a script: ${String(answer)}` });
}
