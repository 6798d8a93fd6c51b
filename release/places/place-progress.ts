/** How far a release has come in one repository. */

import type { RungHold } from '../../core/ladder.ts';
import { CodedError } from '../../errors/errors.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { TagOutcome } from '../release-outcome.ts';
import type { ReleaseRun } from '../release-run.ts';
import { explainAccess } from './explain-access.ts';
import type { PlaceLook } from './look-at-places.ts';

export interface PlaceProgress {
  readonly look: PlaceLook;
  readonly tags: readonly TagOutcome[];
  readonly held: readonly RungHold[];
  /** Nothing more is tried here. */
  readonly failure: CodedError | undefined;
  /** The version turned out to be taken here. */
  readonly isTaken: boolean;
  /** What floats was left alone, for what happened elsewhere. */
  readonly isHeldBack: boolean;
}

/** At the beginning: what could not be read has failed. */
export function beginAt(look: PlaceLook): PlaceProgress {
  return { look, tags: [], held: [], failure: look.failure, isTaken: false, isHeldBack: false };
}

/** Takes the step at all places at once, save those that have failed; one that fails here leaves the others alone. */
export async function advance(
  run: ReleaseRun,
  places: readonly PlaceProgress[],
  step: (progress: PlaceProgress, target: Target) => Promise<PlaceProgress>,
): Promise<readonly PlaceProgress[]> {
  return await Promise.all(
    places.map(async (progress) => {
      const { look, failure } = progress;
      if (failure !== undefined || look.target === undefined) return progress;
      try {
        return await step(progress, look.target);
      } catch (error) {
        run.signal.throwIfAborted();
        return failed(progress, error);
      }
    }),
  );
}

/** The place with what went wrong there. What is no error of the catalogue is a bug, and goes on. */
export function failed(progress: PlaceProgress, cause: unknown): PlaceProgress {
  if (!(cause instanceof CodedError)) throw cause;
  return { ...progress, failure: explainAccess(progress.look.place, cause) };
}
