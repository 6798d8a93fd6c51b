/** Accepting commands: once this has answered, the command is in Redis and will be carried out or superseded. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Command } from '../../core/command.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { ConflictError, InvariantError } from '../../errors/errors.ts';
import { acceptPromotion, acceptRollback } from './accept-scripts.ts';
import { laneKeys, lanePrefix, promotionLaneKey } from './lane-keys.ts';
import { parseJson } from './lane-state.ts';
import { runScript } from './script.ts';

/** Commands that may wait in one lane: more is a loop somewhere, not people. */
const waitingMax = 100;

/** How long a promotion's id can be looked up after it was accepted, in seconds. */
const promotionKeptSeconds = 90 * 24 * 3600;

/** A command before Redis has put its run id to it. */
export type NewCommand = Omit<Command, 'runId'>;

/** A request as it is known when it comes again. */
export interface RequestRecord {
  /** Tells who asked, and by which key. */
  readonly key: string;
  /** The same for the same request only. */
  readonly mark: string;
  /** The plan that was answered, as JSON. */
  readonly plan: string;
}

export interface Accepted {
  readonly id: string;
  /** False when the same request was accepted before, or another rollback already does what was asked. */
  readonly isNew: boolean;
}

/**
 * Puts the promotion at the end of the lane's mailbox. Rule: lane-protocol, "2".
 * @throws ConflictError LANE_FULL.
 */
export async function pushPromotion(
  redis: Redis,
  lane: LaneKey,
  command: NewCommand,
  request: RequestRecord,
): Promise<Accepted> {
  await rememberLane(redis, lane, command.id);
  const keys = [...laneKeys(lane), idempotencyRedisKey(lane, request.key)];
  const values = [command.id, JSON.stringify(command), command.requestedAt, JSON.stringify(request), waitingMax];
  const answer = await runScript(redis, acceptPromotion, keys, values);
  if (Array.isArray(answer) && answer[0] === 'full') {
    throw new ConflictError({
      code: 'LANE_FULL',
      message: `${waitingMax} commands already wait for ${lane.app} in ${lane.environment}`,
    });
  }
  return parseAccepted(answer);
}

export interface RollbackTerms {
  /** Whether nobody named a target: a promotion on its way then makes the rollback a stay. */
  readonly isDefaultTarget: boolean;
  readonly expectedCurrent: string | undefined;
  /** Random part of the ownerless token that fences whoever works in the lane. */
  readonly random: string;
}

/**
 * Fences the lane's worker, removes what waits, and puts the rollback in. Rule: lane-protocol, "3".
 * @throws ConflictError EXPECTED_CURRENT_CHANGED when the lane is not on the digest the caller saw.
 */
export async function pushRollback(
  redis: Redis,
  lane: LaneKey,
  command: NewCommand,
  terms: RollbackTerms,
  request: RequestRecord,
): Promise<Accepted> {
  await rememberLane(redis, lane, command.id);
  const mark = JSON.stringify({ by: command.actor, reason: command.reason ?? '', since: command.requestedAt });
  const values = [
    command.id,
    JSON.stringify(command),
    command.requestedAt,
    JSON.stringify(request),
    terms.isDefaultTarget ? '1' : '0',
    terms.expectedCurrent ?? '',
    mark,
    mark,
    terms.random,
  ];
  const keys = [...laneKeys(lane), idempotencyRedisKey(lane, request.key)];
  const answer = await runScript(redis, acceptRollback, keys, values);
  if (Array.isArray(answer) && answer[0] === 'conflict') {
    throw expectedCurrentChanged(lane, terms.expectedCurrent ?? '', String(answer[1]));
  }
  return parseAccepted(answer);
}

/** The error for a caller whose view of the lane is old. */
export function expectedCurrentChanged(lane: LaneKey, expected: string, found: string): ConflictError {
  return new ConflictError({
    code: 'EXPECTED_CURRENT_CHANGED',
    message: `${lane.app} in ${lane.environment} is on ${found === '' ? 'nothing' : found}, not on ${expected}`,
    fields: { expected, found },
  });
}

/** The request that came with the key, and the command that it led to; undefined for none. */
export async function findAccepted(
  redis: Redis,
  lane: LaneKey,
  key: string,
): Promise<(RequestRecord & { readonly id: string }) | undefined> {
  return parseJson((await redis.get(idempotencyRedisKey(lane, key))) ?? undefined);
}

async function rememberLane(redis: Redis, lane: LaneKey, id: string): Promise<void> {
  await redis.set(promotionLaneKey(id), `${lane.app}@${lane.environment}`, 'EX', promotionKeptSeconds);
}

function idempotencyRedisKey(lane: LaneKey, key: string): string {
  return `${lanePrefix(lane)}:idempotency:${createHash('sha256').update(key).digest('hex')}`;
}

function parseAccepted(answer: unknown): Accepted {
  if (Array.isArray(answer) && (answer[0] === 'accepted' || answer[0] === 'known')) {
    return { id: String(answer[1]), isNew: answer[0] === 'accepted' };
  }
  throw new InvariantError({ code: 'INVARIANT_BROKEN', message: `unexpected answer of a script: ${String(answer)}` });
}
