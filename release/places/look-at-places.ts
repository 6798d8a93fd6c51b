/** The first look: what the exact tag names in every registry, before anything is made. */
import type { ExactSight, SeenPlace } from '../../core/release-decision.ts';
import { AccessError, CodedError, IntegrityError, NotFoundError } from '../../errors/errors.ts';
import type { Resolved, Source, Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { type ImageReading, readImage } from '../image/read-image.ts';
import type { ImagePlace } from '../release-request.ts';
import type { ReleaseRun } from '../release-run.ts';
import { explainAccess } from './explain-access.ts';
import { placeName } from './place-name.ts';

/** A repository as it was seen. */
export interface PlaceLook extends SeenPlace {
  readonly place: ImagePlace;
  /** Undefined where not even the way to the registry could be opened. */
  readonly target: Target | undefined;
  /** Why it is unreadable. */
  readonly failure: CodedError | undefined;
  /** What the exact tag names, read as far as it says what it is; undefined where it names nothing, or cannot be read. */
  readonly reading: ImageReading | undefined;
}

/**
 * Looks at all registries at once, in the order of the request. What is no version has no exact tag, and is nowhere. A
 * registry that says 403 of what may not be there is taken to have nothing: before the tag is written it is asked again,
 * and has to answer then.
 */
export async function lookAtPlaces(run: ReleaseRun): Promise<readonly PlaceLook[]> {
  return await Promise.all(run.request.images.map((place) => lookAtPlace(run, place)));
}

async function lookAtPlace(run: ReleaseRun, place: ImagePlace): Promise<PlaceLook> {
  const { request, parts, signal, emit, exact } = run;
  const named = { place, name: placeName(place), isRequired: place.isRequired };
  let target: Target | undefined;
  try {
    target = await parts.registries.repository(place.registry, place.repository);
    if (!request.effects.dryRun) target.expectWrites?.();
    const seen = await seeExact(run, target);
    const found = seen.sight.kind === 'present' ? seen.sight.digest : undefined;
    if (exact !== undefined) emit({ kind: 'looked', place, found });
    return { ...named, ...seen, target, failure: undefined };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CodedError)) throw error;
    const sight = { kind: 'unreadable' } as const;
    return { ...named, target, sight, failure: explainAccess(place, error), reading: undefined };
  }
}

async function seeExact(
  { exact, signal }: ReleaseRun,
  target: Target,
): Promise<{ readonly sight: ExactSight; readonly reading: ImageReading | undefined }> {
  const resolved = exact === undefined ? undefined : await resolveOrNothing(target, exact, signal);
  if (resolved === undefined) return { sight: { kind: 'absent' }, reading: undefined };
  const { digest } = resolved;
  const reading = await readOrNothing(target, digest, signal);
  const { revision, source } = reading ?? {};
  return { sight: { kind: 'present', digest, revision, source }, reading };
}

/** Artifactory says 403 of what a virtual repository does not have (cosign #2973). */
async function resolveOrNothing(target: Target, exact: Tag, signal: AbortSignal): Promise<Resolved | undefined> {
  try {
    return await target.resolve(exact, signal);
  } catch (error) {
    if (error instanceof AccessError && error.signedIn) return undefined;
    throw error;
  }
}

/** What is damaged, or not whole, does not say its commit. */
async function readOrNothing(source: Source, digest: Digest, signal: AbortSignal): Promise<ImageReading | undefined> {
  try {
    return await readImage(source, digest, signal);
  } catch (error) {
    if (error instanceof NotFoundError || error instanceof IntegrityError) return undefined;
    throw error;
  }
}
