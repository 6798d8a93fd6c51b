/** The lane as the deeds of promotion/ want it, made from one pass of a worker. */
import type { Command } from '../../core/command.ts';
import { shortDigest } from '../../oci/spec/digest.ts';
import type { Lane } from '../../promotion/lane.ts';
import type { CommitTerms } from '../ledger/lane-hand.ts';
import { proofMemory } from '../ledger/proof-memory.ts';
import { readRecords } from '../ledger/records.ts';
import type { PassContext } from './pass-context.ts';
import { reportProgress } from './report-progress.ts';

/** The lane for a command, or for an entry of the lane's own; commits under the given terms. */
export function laneFor(context: PassContext, terms: CommitTerms, command: Command | undefined): Lane {
  const { hand, seen, parts } = context;
  const { environment } = seen.place;
  const target = command?.kind === 'rollback' ? seen.place.targetOfRollback : seen.place.target;
  const id = command?.kind === 'promotion' ? command.id : '';
  return {
    source: command === undefined ? target : parts.sourceOf(command, environment),
    target,
    pen: {
      fence: hand.fence,
      assertCurrent: () => hand.assertCurrent(),
      advance: (state) => hand.advance(command?.id ?? '', state),
      openIntent: (tag, digest) => hand.openIntent(tag, digest),
      retireIntent: (attemptId) => hand.retireIntent(attemptId),
      commit: (receipt, digest) => hand.commit(receipt, digest, terms),
    },
    proofs: proofMemory(parts.redis, hand.lane),
    copyMemory: parts.copyMemory,
    listed: seen.listed,
    isPinned: (digest) =>
      seen.view.history.some((entry) => entry.receipted && !entry.direct && entry.digest12 === shortDigest(digest)),
    versionIsKnown: () => isReleased(command, context),
    now: parts.now,
    onStep: (step) => parts.onStep(step, hand.lane),
    onReferrers: ({ failed }) => {
      if (failed.length > 0) parts.onLaneEvent({ kind: 'referrers', lane: hand.lane, id, failed });
    },
    onCopy: reportProgress(parts.redis, hand.lane, id, parts.now),
  };
}

/** Whether the lane's ledger already has the version on this digest: its exact tag was written then. */
async function isReleased(command: Command | undefined, context: PassContext): Promise<boolean> {
  const records = await readRecords(context.parts.redis, context.hand.lane);
  return records.some((record) => record.digest === command?.digest && record.version === command.version);
}
