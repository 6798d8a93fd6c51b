/** Carrying out what *decide* said: one branch per rule of the protocol. */
import { highestNumber } from '../../core/history.ts';
import type { LaneStep } from '../../core/lane.ts';
import { ConflictError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { flipTag } from '../../promotion/flip-tag.ts';
import { promote } from '../../promotion/promote.ts';
import { appendEvent } from '../events/event-log.ts';
import { noteDrift } from '../ledger/drift.ts';
import { adoptionEntry, commandEntry, tagAdoptionEntry } from './entries.ts';
import { importHistory } from './import-history.ts';
import { laneFor } from './lane-for.ts';
import { type PassContext, plainTerms } from './pass-context.ts';
import type { LanePass } from './read-view.ts';
import { refuseQuarantined } from './refuse-quarantined.ts';
import { settle } from './settle.ts';

/** Carries out the step; throws what the step's rule throws. */
export async function obey(step: LaneStep, context: PassContext): Promise<void> {
  switch (step.kind) {
    case 'import':
      return importHistory(step, context);
    case 'adopt':
      return adopt(step, context);
    case 'adopt-tag':
      return adoptTag(step.digest, context);
    case 'repair':
      return repair(step.digest, context);
    case 'settle':
      return settle({ digest: step.digest, version: context.seen.state.ledger?.version }, plainTerms, context);
    case 'refuse-drift':
      return refuseDrift(step.found, context);
    case 'run':
      return run(step, context);
    case 'idle':
      return note(context, step.drifted);
  }
}

/** Rule: lane-protocol, "5d". */
async function run(step: Extract<LaneStep, { kind: 'run' }>, context: PassContext): Promise<void> {
  const { hand, seen, parts, signal } = context;
  const { command } = step;
  refuseQuarantined(command, seen.state, hand.lane);
  await parts.onStep('reserve', hand.lane);
  const number = await hand.reserve(command.id, highestListed(seen), true);
  const liftsHold = command.kind === 'promotion' && !command.automatic;
  const lane = laneFor(context, { ...plainTerms, isHead: true, liftsHold }, command);
  await promote(commandEntry(command, number, context), lane, signal);
}

/** Rule: lane-protocol, "5b": a rollback made without the service wins, and the lane is held. */
async function adopt(step: Extract<LaneStep, { kind: 'adopt' }>, context: PassContext): Promise<void> {
  const { hand, seen, parts, signal } = context;
  const tag = parseTag(hand.lane.environment);
  await hand.openIntents(
    tag,
    step.seen.map((entry) => entry.digest12),
  );
  const entry = await adoptionEntry(step, context);
  await parts.onStep('reserve', hand.lane);
  const number = await hand.reserve(entry.commandId, highestListed(seen), false);
  const lane = laneFor(context, { ...plainTerms, adopts: true, setsRun: true }, undefined);
  await promote({ ...entry, number }, lane, signal);
}

/** A tag that other hands set, taken as the truth: an environment older than the product, or drift with `adopt`. */
async function adoptTag(digest: Digest, context: PassContext): Promise<void> {
  const { hand, seen, parts, signal } = context;
  await parts.onStep('reserve', hand.lane);
  const entry = tagAdoptionEntry(digest, context);
  const number = await hand.reserve(entry.commandId, highestListed(seen), false);
  await promote({ ...entry, number }, laneFor(context, plainTerms, undefined), signal);
}

/** Rule: lane-protocol, "5c": the committed digest comes back over a write that landed late. */
async function repair(digest: Digest, context: PassContext): Promise<void> {
  const { hand, parts, signal } = context;
  await parts.onStep('repair', hand.lane);
  const lane = laneFor(context, plainTerms, undefined);
  await flipTag(
    { tag: parseTag(hand.lane.environment), commandId: undefined },
    await lane.target.fetchManifest(digest, signal),
    lane,
    signal,
  );
  await note(context, false);
  await appendEvent(
    parts.redis,
    'lane.repaired',
    { ...hand.lane, digest, found: context.seen.view.tag ?? '' },
    parts.now(),
  );
}

async function refuseDrift(found: Digest | undefined, context: PassContext): Promise<void> {
  const { lane } = context.hand;
  await note(context, true);
  throw new ConflictError({
    code: 'ENVIRONMENT_DRIFTED',
    message: `${lane.app} in ${lane.environment} is on ${found ?? 'nothing'}, but ${context.seen.state.ledger?.digest ?? 'nothing'} was released there`,
  });
}

async function note(context: PassContext, drifted: boolean): Promise<void> {
  const { view } = context.seen;
  const found = { tag: view.tag, expected: view.ledger?.digest };
  await noteDrift(context.parts.redis, context.hand.lane, found, drifted, context.parts.now());
}

function highestListed(seen: LanePass): number {
  return highestNumber(seen.view.history);
}
