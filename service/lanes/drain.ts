/** Working through a lane: look, decide, obey, look again. */
import { decide, type LaneStep } from '../../core/lane.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { InvariantError } from '../../errors/errors.ts';
import { type LaneHand, takeLane } from '../ledger/lane-hand.ts';
import type { LaneParts } from './lane-parts.ts';
import { obey } from './obey.ts';
import type { PassContext, PassEnd } from './pass-context.ts';
import { type LanePass, readView } from './read-view.ts';
import { settleFailure } from './settle-failure.ts';

/** Passes of one drain: more means that every pass undoes the one before, which is a bug or a fight with other hands. */
const passesMax = 1_000;

/**
 * Works until the lane has nothing to do. Safe to call at any time and any number of times at once: the newest
 * call takes the lane, all others stop at their next step and ring. Rules: lane-protocol, "4" and "5".
 */
export async function drain(lane: LaneKey, parts: LaneParts, signal: AbortSignal): Promise<void> {
  let hand = await take(lane, parts, 0);
  for (let pass = 0; pass < passesMax; pass++) {
    let step: LaneStep | undefined;
    try {
      const seen = await readView(lane, parts, signal);
      hand = await outrankFence(hand, seen, pass === 0, parts);
      await parts.onStep('decide', lane);
      step = decide(seen.view);
      if ((await takeStep(step, { hand, seen, parts, signal })) === 'rest') return;
    } catch (error) {
      if ((await settleFailure(error, { hand, parts, signal, step })) === 'rest') return;
    }
  }
  throw new InvariantError({
    code: 'INVARIANT_BROKEN',
    message: `lane does not settle: ${lane.app}@${lane.environment}`,
  });
}

async function takeStep(step: LaneStep, context: PassContext): Promise<PassEnd> {
  const { hand, seen, parts } = context;
  if (step.kind === 'run' && seen.state.headWakeAtMs > parts.now()) return 'rest';
  await obey(step, context);
  parts.onLaneEvent({ kind: 'obeyed', lane: hand.lane, step: step.kind });
  return step.kind === 'idle' ? 'rest' : 'again';
}

/**
 * A registry that keeps fences must see higher ones from us: after a failover of Redis our counter may be behind.
 * Rule: lane-protocol, last sentence of part 2.
 */
async function outrankFence(hand: LaneHand, seen: LanePass, isFirst: boolean, parts: LaneParts): Promise<LaneHand> {
  const outranks = isFirst ? hand.fence > seen.fence : hand.fence >= seen.fence;
  return outranks ? hand : take(hand.lane, parts, seen.fence);
}

async function take(lane: LaneKey, parts: LaneParts, leastCounter: number): Promise<LaneHand> {
  await parts.onStep('begin', lane);
  return takeLane(parts.redis, lane, { now: parts.now, newId: parts.newId, leastCounter });
}
