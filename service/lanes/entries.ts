/** The entries that a lane writes: of a command, of an adoption, of a settlement. */
import type { Command } from '../../core/command.ts';
import type { LaneStep } from '../../core/lane.ts';
import { NotFoundError } from '../../errors/errors.ts';
import { type Digest, shortDigest } from '../../oci/spec/digest.ts';
import type { Entry } from '../../promotion/entry.ts';
import type { PassContext } from './pass-context.ts';

/** Who acts when nobody asked: the lane itself. */
export const laneActor = 'registry-action';

/** An entry but for its number. */
export type Unnumbered = Omit<Entry, 'number'>;

/** The entry of a promotion or rollback. */
export function commandEntry(command: Command, number: number, context: PassContext): Entry {
  return {
    ...common(context),
    number,
    kind: command.kind,
    digest: command.digest,
    version: command.version,
    commandId: command.id,
    planId: command.planId,
    actor: command.actor,
    automatic: command.automatic,
    reason: command.reason,
    holds: command.kind === 'rollback',
  };
}

/** The entry by which the highest direct entry is adopted. */
export async function adoptionEntry(
  step: Extract<LaneStep, { kind: 'adopt' }>,
  context: PassContext,
): Promise<Unnumbered> {
  const { target } = context.seen.place;
  const found = await target.resolve(step.direct.tag, context.signal);
  if (found === undefined) {
    throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `tag is gone: ${target.name}:${step.direct.tag}` });
  }
  return {
    ...ofTheLane('adoption', found.digest, `adopt-${step.direct.tag}`, context),
    reason: `adopted ${step.direct.tag}, a rollback made without the service`,
    directTags: step.seen.map((entry) => entry.tag),
    holds: true,
  };
}

/** The entry by which a tag that other hands set becomes the truth. */
export function tagAdoptionEntry(digest: Digest, context: PassContext): Unnumbered {
  const { environment } = context.hand.lane;
  return {
    ...ofTheLane('adoption', digest, `adopt-tag-${digest}`, context),
    reason: `the tag ${environment} was there already`,
  };
}

/**
 * The entry by which a lane settles above entries that nobody committed. Rule: lane-protocol, "5a".
 * Its number is reserved under an id that tells the digest: a later settlement on another digest needs another number.
 */
export function settlementEntry(digest: Digest, version: string | undefined, context: PassContext): Unnumbered {
  const id = `settle-${context.seen.view.runId}-${shortDigest(digest)}`;
  return { ...ofTheLane('settlement', digest, id, context), version };
}

function ofTheLane(kind: Entry['kind'], digest: Digest, commandId: string, context: PassContext): Unnumbered {
  const unasked = { planId: undefined, actor: laneActor, automatic: true, reason: undefined, version: undefined };
  // Nobody lifts a hold here: a registry that did not say so would lift it at the next failover.
  const holds = context.seen.state.hold !== undefined;
  return { ...common(context), ...unasked, kind, digest, commandId, holds };
}

function common(context: PassContext) {
  const { ledger } = context.seen.state;
  return {
    app: context.hand.lane.app,
    environment: context.hand.lane.environment,
    from: ledger?.digest,
    ledgerNumber: ledger?.number ?? 0,
    previous: ledger === undefined ? [] : [ledger.receipt],
    directTags: [],
  };
}
