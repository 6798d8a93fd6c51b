/** The Redis keys of one lane. They share one hash tag, so that a script may touch them all on a Redis Cluster. */
import { formatLaneKey, type LaneKey } from '../../core/lane-key.ts';

/** First part of every key of ours. */
export const keyPrefix = 'ra';

/**
 * The lane's keys in the order in which every script receives them (see prelude.ts):
 * lane (hash), mailbox (list of command ids), reserved (hash id -> number), intents (hash attempt id -> JSON),
 * quarantine (hash digest -> JSON), records (list of JSON, oldest first), outbox (stream).
 */
export function laneKeys(lane: LaneKey): readonly string[] {
  const prefix = lanePrefix(lane);
  return [
    prefix,
    ...['mailbox', 'reserved', 'intents', 'quarantine', 'records', 'outbox'].map((part) => `${prefix}:${part}`),
  ];
}

/** First part of all keys of the lane; itself the key of the lane's hash. */
export function lanePrefix(lane: LaneKey): string {
  return `${keyPrefix}:{${formatLaneKey(lane)}}`;
}

/** The hash of one promotion: its command as JSON, and its state. */
export function promotionKey(lane: LaneKey, id: string): string {
  return `${lanePrefix(lane)}:promotion:${id}`;
}

/** Says that the digest's content was proved present at the lane's target; expires by itself. */
export function proofKey(lane: LaneKey, digest: string): string {
  return `${lanePrefix(lane)}:proof:${digest}`;
}

/** Tells the lane of a promotion's id. Written before the promotion is accepted. */
export function promotionLaneKey(id: string): string {
  return `${keyPrefix}:promotion-lane:${id}`;
}
