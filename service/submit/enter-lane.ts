/** The beginning of every submission: the names found, and a repeated request recognised. */
import type { Submitted } from '../../api/promotion.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import type { Asked, Place, SubmitContext } from './context.ts';
import { findPlace } from './find-place.ts';
import { recallAnswer } from './remembered-answer.ts';

/** Where a request leads. */
export interface Entrance {
  readonly place: Place;
  readonly lane: LaneKey;
  /** What was answered to the same request before; then there is nothing more to do. */
  readonly before: Submitted | undefined;
}

/** Finds the lane of the request. @throws what `findPlace` and `recallAnswer` throw. */
export async function enterLane(
  context: SubmitContext,
  request: { readonly app: string; readonly environment: string },
  asked: Asked,
): Promise<Entrance> {
  const place = await findPlace(context, request.app, request.environment);
  const lane = { app: place.app.name, environment: place.environment.name };
  return { place, lane, before: await recallAnswer(context, lane, asked, request) };
}
