/** The first look: what the exact tag names in every registry, before anything is made. */
import type { ExactSight, SeenPlace } from '../core/release-decision.ts';
import { AccessError, CodedError, IntegrityError, NotFoundError } from '../errors/errors.ts';
import type { Resolved, Source, Target } from '../oci/copy/target.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { explainAccess } from './explain-access.ts';
import { placeName } from './place-name.ts';
import { readImage } from './read-image.ts';
import type { ImagePlace } from './release-request.ts';
import type { ReleaseRun } from './release-run.ts';

/** A repository as it was seen. */
export interface PlaceLook extends SeenPlace {
  readonly place: ImagePlace;
  /** Undefined where not even the way to the registry could be opened. */
  readonly target: Target | undefined;
  /** Why it is unreadable. */
  readonly failure: CodedError | undefined;
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
  const { request, parts, signal, emit } = run;
  const named = { place, name: placeName(place), isRequired: place.isRequired, failure: undefined };
  let target: Target | undefined;
  try {
    target = await parts.registries.repository(place.registry, place.repository);
    if (!request.effects.dryRun) target.expectWrites?.();
    const sight = await seeExact(run, target);
    emit({ kind: 'looked', place, found: sight.kind === 'present' ? sight.digest : undefined });
    return { ...named, target, sight };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CodedError)) throw error;
    const sight = { kind: 'unreadable' } as const;
    return { ...named, target, sight, failure: explainAccess(place, error) };
  }
}

async function seeExact({ exact, signal }: ReleaseRun, target: Target): Promise<ExactSight> {
  const resolved = exact === undefined ? undefined : await resolveOrNothing(target, exact, signal);
  if (resolved === undefined) return { kind: 'absent' };
  return { kind: 'present', digest: resolved.digest, ...(await readCommit(target, resolved.digest, signal)) };
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

/** What is damaged, or no image, does not say its commit. */
async function readCommit(
  source: Source,
  digest: Digest,
  signal: AbortSignal,
): Promise<{ readonly revision: string | undefined; readonly source: string | undefined }> {
  try {
    const reading = await readImage(source, digest, signal);
    return { revision: reading.revision, source: reading.source };
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof IntegrityError)) throw error;
    return { revision: undefined, source: undefined };
  }
}
