/** The sweeper: a round over all lanes that rings where something waits. It never writes to a registry. Rule: lane-protocol, "12". */
import { forkedNumbers } from '../../core/history.ts';
import { decide } from '../../core/lane.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { relayOutbox } from '../events/relay-outbox.ts';
import { noteDrift } from '../ledger/drift.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import type { LaneParts, LanePlace } from './lane-parts.ts';
import { lookAt } from './read-view.ts';

/** Lanes looked at at the same time. */
const sweepConcurrency = 8;

/** Every so many rounds the histories are listed too: a direct entry is found even where the tag tells nothing. */
const listEveryRounds = 20;

/** Looks at every lane once: one HEAD each. A lane whose registry does not answer is skipped until the next round. */
export async function sweep(
  lanes: readonly LaneKey[],
  round: number,
  parts: LaneParts,
  signal: AbortSignal,
): Promise<void> {
  for (let start = 0; start < lanes.length && !signal.aborted; start += sweepConcurrency) {
    const some = lanes.slice(start, start + sweepConcurrency);
    await Promise.all(some.map((lane) => sweepLane(lane, round, parts, signal).catch((error) => report(parts, error))));
  }
}

async function sweepLane(lane: LaneKey, round: number, parts: LaneParts, signal: AbortSignal): Promise<void> {
  await relayOutbox(parts.redis, lane, parts.now());
  const state = await readLaneState(parts.redis, lane);
  if (isAwake(state, parts.now()) || state.laneRun !== state.runId) return parts.bell.ring(lane);
  const place = await parts.placeOf(lane);
  const found = await place.target.resolve(parseTag(lane.environment), signal);
  const differs = found?.digest !== state.ledger?.digest;
  if (differs || round % listEveryRounds === 0) return lookCloser(lane, place, parts, signal);
  await noteDrift(parts.redis, lane, { tag: found?.digest, expected: state.ledger?.digest }, false, parts.now());
}

/** Lists the history and asks what a worker would do: what is the lane's to answer is rung for, the rest is drift. */
async function lookCloser(lane: LaneKey, place: LanePlace, parts: LaneParts, signal: AbortSignal): Promise<void> {
  const { view } = await lookAt(lane, place, parts, signal);
  for (const number of forkedNumbers(view.history)) parts.onLaneEvent({ kind: 'fork', lane, number });
  const step = decide(view);
  switch (step.kind) {
    case 'import':
    case 'adopt':
    case 'adopt-tag':
    case 'repair':
    case 'settle':
      return parts.bell.ring(lane);
    case 'run': // its time has not come, or it was accepted this moment and rings for itself
      return;
    case 'refuse-drift':
    case 'idle': {
      const drifted = step.kind === 'refuse-drift' || step.drifted;
      return noteDrift(parts.redis, lane, { tag: view.tag, expected: view.ledger?.digest }, drifted, parts.now());
    }
  }
}

/** Whether a command waits whose time has come. */
function isAwake(state: LaneState, now: number): boolean {
  return state.waiting.length > 0 && state.headWakeAtMs <= now;
}

function report(parts: LaneParts, error: unknown): void {
  parts.onLaneEvent({ kind: 'trouble', error });
}
