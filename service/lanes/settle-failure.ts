/** After an error in a pass: end the command, put it off, or leave the lane to whoever has it. */
import type { LaneStep } from '../../core/lane.ts';
import { CodedError, ConflictError } from '../../errors/errors.ts';
import type { LaneHand } from '../ledger/lane-hand.ts';
import { readLaneState } from '../ledger/lane-state.ts';
import type { LaneParts } from './lane-parts.ts';
import { failureOf, outcomeOf } from './outcome.ts';
import type { PassContext, PassEnd } from './pass-context.ts';

/** Attempts of one command before it ends as failed: with the delays below, about twenty minutes. */
const attemptsMax = 24;

/** First delay before a command is tried again; it doubles up to the longest. */
const retryDelayMsFirst = 500;
const retryDelayMsMax = 60_000;

/** Delay before a lane is looked at again after trouble that no command is to blame for. */
const laneDelayMs = 5_000;

/** Delay before a lane is looked at again whose worker was told to stop. */
const preemptedDelayMs = 1_000;

/** The pass that failed. */
export interface FailedPass extends Pick<PassContext, 'hand' | 'parts' | 'signal'> {
  /** What had been decided; undefined when it did not come to that. */
  readonly step: LaneStep | undefined;
}

/** Answers the error; throws only when Redis itself fails. */
export async function settleFailure(error: unknown, { hand, parts, signal, step }: FailedPass): Promise<PassEnd> {
  if (signal.aborted) return stop(hand, parts, signal);
  const outcome = outcomeOf(error);
  if (outcome === 'fenced') return giveWay(hand, parts);
  if (outcome === 'again') return 'again';
  try {
    return await settleHead(error, outcome, { hand, parts, step });
  } catch (second) {
    if (second instanceof CodedError && second.code === 'LANE_FENCED') return giveWay(hand, parts);
    throw second;
  }
}

/** The signal's reason tells a pre-empting command, which rings for itself, from a shutdown, after which others go on. */
async function stop(hand: LaneHand, parts: LaneParts, signal: AbortSignal): Promise<PassEnd> {
  const isPreempted = signal.reason instanceof ConflictError;
  parts.onLaneEvent({ kind: 'stopped', lane: hand.lane, error: signal.reason });
  if (!isPreempted) await parts.bell.ring(hand.lane);
  // The abort may have met the very worker that took up the rollback, if it was quicker than the message.
  if (isPreempted) await parts.bell.ringLater(hand.lane, preemptedDelayMs);
  return 'rest';
}

/** Write nothing, ring, stop. Rule: lane-protocol, "1". */
async function giveWay(hand: LaneHand, parts: LaneParts): Promise<PassEnd> {
  parts.onLaneEvent({ kind: 'fenced', lane: hand.lane });
  await parts.bell.ring(hand.lane);
  return 'rest';
}

async function settleHead(
  error: unknown,
  outcome: 'refused' | 'failed' | 'later',
  { hand, parts, step }: Omit<FailedPass, 'signal'>,
): Promise<PassEnd> {
  const state = await readLaneState(parts.redis, hand.lane);
  const id = state.head?.id;
  if (id === undefined) {
    parts.onLaneEvent({ kind: 'trouble', error });
    if (outcome === 'later') await parts.bell.ringLater(hand.lane, laneDelayMs);
    return 'rest';
  }
  const isRetried = outcome === 'later' && state.headAttempts < attemptsMax;
  if (isRetried || isLanesOwn(step)) {
    const delayMs = isRetried ? Math.min(retryDelayMsFirst * 2 ** state.headAttempts, retryDelayMsMax) : laneDelayMs;
    await hand.deferHead(id, failureOf(error), parts.now() + delayMs);
    parts.onLaneEvent({ kind: 'deferred', lane: hand.lane, id, error, delayMs });
    await parts.bell.ringLater(hand.lane, delayMs);
    return 'rest';
  }
  const end = outcome === 'refused' ? 'refused' : 'failed';
  await hand.endHead(id, end, failureOf(error));
  parts.onLaneEvent({ kind: end, lane: hand.lane, id, error });
  return 'again';
}

/** Whether the step is about what came before the head: then the head is not to blame, and waits until it succeeds. */
function isLanesOwn(step: LaneStep | undefined): boolean {
  switch (step?.kind) {
    case 'import':
    case 'adopt':
    case 'adopt-tag':
    case 'repair':
    case 'settle':
      return true;
    case 'run':
    case 'refuse-drift':
    case 'idle':
    case undefined:
      return false;
  }
}
