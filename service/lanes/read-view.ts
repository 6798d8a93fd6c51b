/** One pass's view of a lane: the registry first, then Redis, so that what Redis says is the younger. */
import { readHistory } from '../../core/history.ts';
import type { LaneView } from '../../core/lane.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { collectTags } from '../../promotion/collect-tags.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import type { LaneParts, LanePlace } from './lane-parts.ts';

export interface LanePass {
  readonly view: LaneView;
  readonly state: LaneState;
  readonly place: LanePlace;
  readonly listed: ReadonlySet<string>;
  /** Highest fence seen on the environment tag; 0 where the registry keeps none. */
  readonly fence: number;
}

/** Lists the history, completely or not at all, reads the environment tag, reads Redis. Rule: lane-protocol, "5". */
export async function readView(lane: LaneKey, parts: LaneParts, signal: AbortSignal): Promise<LanePass> {
  await parts.onStep('list', lane);
  return lookAt(lane, await parts.placeOf(lane), parts, signal);
}

/** The same for whoever only looks, and knows the place: the sweeper. */
export async function lookAt(
  lane: LaneKey,
  place: LanePlace,
  parts: Pick<LaneParts, 'redis'>,
  signal: AbortSignal,
): Promise<LanePass> {
  const listed = await collectTags(place.target, signal);
  const tag = parseTag(lane.environment);
  const found = await place.target.resolve(tag, signal);
  const state = await readLaneState(parts.redis, lane);
  return {
    view: {
      runId: state.runId,
      laneRun: state.laneRun,
      ledger: state.ledger,
      head: state.head,
      headIsStarted: state.headIsStarted,
      intents: state.intents,
      history: readHistory(lane.environment, listed),
      tag: found?.digest,
      drift: place.environment.drift,
    },
    state,
    place,
    listed,
    fence: found?.fence ?? 0,
  };
}
