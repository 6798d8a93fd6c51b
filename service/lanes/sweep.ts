/** The sweeper: a round over all lanes that rings where something waits. It never writes to a registry. Rule: lane-protocol, "12". */
import { forkedNumbers, readHistory } from '../../core/history.ts';
import { directAbove, isIntended } from '../../core/lane.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { collectTags } from '../../promotion/collect-tags.ts';
import { relayOutbox } from '../events/relay-outbox.ts';
import { noteDrift } from '../ledger/drift.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import type { LaneParts } from './lane-parts.ts';

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
  const { target } = await parts.placeOf(lane);
  const found = await target.resolve(parseTag(lane.environment), signal);
  const differs = found?.digest !== state.ledger?.digest;
  if (differs || round % listEveryRounds === 0) {
    const history = readHistory(lane.environment, await collectTags(target, signal));
    reportForks(lane, forkedNumbers(history), parts);
    if (directAbove(history, state.ledger?.number ?? 0).length > 0) return parts.bell.ring(lane);
  }
  if (!differs)
    return noteDrift(parts.redis, lane, { tag: found?.digest, expected: state.ledger?.digest }, false, parts.now());
  // A tag with an open intent is ours to repair; one without any history may be an environment to adopt: the lane decides.
  const { drift } = (await parts.placeOf(lane)).environment;
  const isLanes =
    state.ledger === undefined ||
    drift !== 'report' ||
    (found !== undefined && isIntended(state.intents, found.digest));
  if (isLanes) return parts.bell.ring(lane);
  await noteDrift(parts.redis, lane, { tag: found?.digest, expected: state.ledger?.digest }, true, parts.now());
}

/** Whether a command waits whose time has come. */
function isAwake(state: LaneState, now: number): boolean {
  return state.waiting.length > 0 && state.headWakeAtMs <= now;
}

function reportForks(lane: LaneKey, forks: readonly number[], parts: LaneParts): void {
  for (const number of forks) parts.onLaneEvent({ kind: 'fork', lane, number });
}

function report(parts: LaneParts, error: unknown): void {
  parts.onLaneEvent({ kind: 'trouble', error });
}
