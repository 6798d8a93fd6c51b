/** One promotion as Redis remembers it. */
import type { Redis } from 'ioredis';
import type { PromotionState, PromotionView } from '../../api/promotion.ts';
import type { Command } from '../../core/command.ts';
import { type LaneKey, parseLaneKey } from '../../core/lane-key.ts';
import { promotionKey, promotionLaneKey } from './lane-keys.ts';
import { parseCommand, parseJson } from './lane-state.ts';

/** The lane of a promotion's id; undefined when the id is not known (any more). */
export async function findPromotionLane(redis: Redis, id: string): Promise<LaneKey | undefined> {
  const lane = await redis.get(promotionLaneKey(id));
  return lane === null ? undefined : parseLaneKey(lane);
}

/** The command as it was accepted; undefined when Redis has forgotten it. */
export async function readCommand(redis: Redis, lane: LaneKey, id: string): Promise<Command | undefined> {
  return parseCommand(new Map(Object.entries(await redis.hgetall(promotionKey(lane, id)))));
}

/** The promotion, as every door shows it; undefined when Redis has forgotten it. */
export async function readPromotion(redis: Redis, lane: LaneKey, id: string): Promise<PromotionView | undefined> {
  const fields = await redis.hgetall(promotionKey(lane, id));
  return parsePromotion(lane, new Map(Object.entries(fields)));
}

/** The promotion of a Redis hash; undefined when the hash is empty. */
export function parsePromotion(lane: LaneKey, fields: ReadonlyMap<string, string>): PromotionView | undefined {
  const command = parseCommand(fields);
  if (command === undefined) return undefined;
  const { id, kind, digest, version, actor, reason, requestedAt, planId } = command;
  const from = fields.get('from');
  const finishedAt = fields.get('finishedAt');
  const number = fields.get('number');
  const error = parseJson<PromotionView['error']>(fields.get('error'));
  const progress = parseJson<PromotionView['progress']>(fields.get('progress'));
  return {
    id,
    kind,
    ...lane,
    digest,
    state: (fields.get('state') ?? 'requested') as PromotionState,
    actor,
    requestedAt,
    attempts: Number(fields.get('attempts') ?? 0),
    planId,
    ...(version === undefined ? {} : { version }),
    ...(from === undefined ? {} : { from }),
    ...(reason === undefined ? {} : { reason }),
    ...(finishedAt === undefined ? {} : { finishedAt }),
    ...(number === undefined ? {} : { number: Number(number) }),
    ...(error === undefined ? {} : { error }),
    ...(progress === undefined ? {} : { progress }),
  };
}
