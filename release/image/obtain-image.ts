/** The image to publish: the one that is there, or a new one. */
import { assert } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { PlaceDecision } from '../places/decide-on-places.ts';
import type { PlaceLook } from '../places/look-at-places.ts';
import { probeWrites } from '../places/probe-writes.ts';
import type { ReleaseRun } from '../release-run.ts';
import { buildImage } from './build-image.ts';
import type { ObtainedImage } from './obtained-image.ts';
import { readImage } from './read-image.ts';

/** What is obtained without a decision, because it is there already, whatever registries hold. */
export async function obtainReady(run: ReleaseRun): Promise<ObtainedImage | undefined> {
  const { ready } = run.request.build;
  if (ready === undefined) return undefined;
  // Naming an image, or several, makes nothing: a plan does that as well.
  const isNamed = ready.kind === 'digest' || ready.kind === 'merge';
  return run.request.effects.dryRun && !isNamed ? undefined : await buildImage(run);
}

/**
 * The image that was decided on.
 * @throws what the builder throws; AccessError REGISTRY_DENIED when a required registry would not have taken the image.
 */
export async function obtainImage(
  run: ReleaseRun,
  decision: PlaceDecision,
  looks: readonly PlaceLook[],
  known: ObtainedImage | undefined,
): Promise<ObtainedImage> {
  const there = adoptedIn(decision);
  if (known !== undefined && (there === undefined || there.digest === known.root.digest))
    return seenAgain(known, there);
  if (there !== undefined) return await adopt(run, there);
  const image = await buildWhileProbing(run, looks);
  const { commit } = run.request.revision;
  if (commit !== undefined && image.revision !== commit) {
    run.warn(
      'revision-unlabelled',
      'the image does not name its commit, so that a second run cannot know it again: label it with org.opencontainers.image.revision',
    );
  }
  return image;
}

/** An image that some place has already. */
export interface AdoptedImage {
  readonly digest: Digest;
  readonly from: PlaceLook;
}

/** The image that some place has already; undefined when a new one is to be published. */
export function adoptedIn(decision: PlaceDecision): AdoptedImage | undefined {
  switch (decision.kind) {
    case 'build':
      return undefined;
    case 'adopt':
      return decision;
    case 'overwrite':
      return decision.adopted;
  }
}

/** Files that were published already are no news; an image that was named is what it was. */
function seenAgain(known: ObtainedImage, there: ReturnType<typeof adoptedIn>): ObtainedImage {
  const isNamed = known.origin.kind === 'given' || known.origin.kind === 'merged';
  return there === undefined || isNamed ? known : { ...known, origin: { kind: 'reused', from: there.from.place } };
}

async function adopt(run: ReleaseRun, adopted: AdoptedImage): Promise<ObtainedImage> {
  if (run.request.effects.load) {
    const message = `nothing was built, so that nothing was loaded: pull ${adopted.from.name}@${adopted.digest}`;
    run.warn('not-loaded', message);
  }
  return await readAdopted(run, adopted);
}

/** The image of a place, to be published as it is. */
export async function readAdopted(run: ReleaseRun, { digest, from }: AdoptedImage): Promise<ObtainedImage> {
  const { target, reading } = from;
  assert(target !== undefined, 'what was seen can be read');
  const read = reading ?? (await readImage(target, digest, run.signal));
  return { ...read, from: target, root: read.fetched.descriptor, origin: { kind: 'reused', from: from.place } };
}

/** Both at once; who may not push need not wait for the build to hear of it. */
async function buildWhileProbing(run: ReleaseRun, looks: readonly PlaceLook[]): Promise<ObtainedImage> {
  const stop = new AbortController();
  const signal = AbortSignal.any([run.signal, stop.signal]);
  const building = buildImage(run, signal);
  const probing = probeWrites(run, looks, signal).catch((cause: unknown) => {
    stop.abort(cause);
    throw cause;
  });
  const [built, probed] = await Promise.allSettled([building, probing]);
  run.signal.throwIfAborted();
  // The build that was ended for it has less to say.
  if (probed.status === 'rejected') throw probed.reason;
  if (built.status === 'rejected') throw built.reason;
  return built.value;
}
