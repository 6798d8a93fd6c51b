/** What was proved present at a lane's target, for as long as a proof may stand. */
import type { Redis } from 'ioredis';
import type { LaneKey } from '../../core/lane-key.ts';
import type { ProofMemory } from '../../promotion/lane.ts';
import { proofKey } from './lane-keys.ts';

/** Longest time between a proof and the tag that relies on it: ten minutes, under a pin. */
const proofSeconds = 600;

/** The lane's proofs. A lost proof costs requests, nothing else. */
export function proofMemory(redis: Redis, lane: LaneKey): ProofMemory {
  return {
    isFresh: async (digest) => (await redis.exists(proofKey(lane, digest))) === 1,
    remember: async (digest) => void (await redis.set(proofKey(lane, digest), '1', 'EX', proofSeconds)),
  };
}
