/** What became of a release, told at its end. */
import type { CodedError } from '../errors/errors.ts';
import type { ObtainedImage } from './image/obtained-image.ts';
import type { PlaceProgress } from './places/place-progress.ts';
import type { PlaceError, PlaceOutcome, ReleaseOutcome } from './release-outcome.ts';
import type { ReleaseRun } from './release-run.ts';

/** The outcome of a release that made or took an image; each place is reported as finished. */
export function tellOutcome(run: ReleaseRun, image: ObtainedImage, places: readonly PlaceProgress[]): ReleaseOutcome {
  const finished = places.map((progress): PlaceOutcome => {
    const { look, tags, held, failure, isHeldBack } = progress;
    const status = failure === undefined ? (isHeldBack ? 'content-only' : 'done') : 'failed';
    return { place: look.place, status, tags, held, error: failure && placeError(failure) };
  });
  for (const outcome of finished) run.emit({ kind: 'finished', outcome });
  return {
    ...whatIs(run),
    digest: image.root.digest,
    origin: image.origin,
    platforms: image.platforms,
    places: finished,
  };
}

/** What is told of every release. */
export function whatIs({ request, warnings }: ReleaseRun) {
  const { subject, revision, effects } = request;
  return { subject, revision, warnings, isDryRun: effects.dryRun };
}

/** The error as data. */
export function placeError({ code, message, wayOut }: CodedError): PlaceError {
  return { code, message, wayOut };
}
