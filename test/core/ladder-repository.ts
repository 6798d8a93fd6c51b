/** A repository as the ladder sees it: tags and digests, written by plans. */
import { createHash } from 'node:crypto';
import type { LadderPlan } from '../../core/ladder.ts';
import type { RepairPlan } from '../../core/ladder-repair.ts';
import { type Digest, parseDigest } from '../../oci/spec/digest.ts';

/** Tags and the digests they name. */
export type Repository = Map<string, Digest>;

/** The digest of what a text names, here and in every repository of the test. */
export function digestOfText(text: string): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(text).digest('hex')}`);
}

/** Writes the exact tag of the plan, then the rungs, all for the release of that digest. */
export function applyLadder(repository: Repository, plan: LadderPlan, digest: Digest): void {
  repository.set(plan.exact, digest);
  for (const { tag } of plan.move) repository.set(tag, digest);
}

/** Re-points what the plan says. */
export function applyRepair(repository: Repository, plan: RepairPlan): void {
  for (const { tag, to } of plan.move) repository.set(tag, to);
}
