/** A release: the whole of it. */
import { buildImage } from './image/build-image.ts';
import { obtainImage, obtainReady } from './image/obtain-image.ts';
import { decideOnPlaces } from './places/decide-on-places.ts';
import { findTwin, type ImageToPublish } from './places/find-twin.ts';
import { lookAtPlaces } from './places/look-at-places.ts';
import { placeContent } from './places/place-content.ts';
import type { PlaceProgress } from './places/place-progress.ts';
import { planRelease } from './plan-release.ts';
import type { ReleaseOutcome } from './release-outcome.ts';
import type { ReleaseOptions, ReleaseParts } from './release-parts.ts';
import type { ReleaseRequest } from './release-request.ts';
import { openRun, type ReleaseRun } from './release-run.ts';
import { climbLadders } from './tags/climb-ladders.ts';
import { writeExactTags } from './tags/write-exact-tags.ts';
import { tellOutcome, whatIs } from './tell-outcome.ts';

/**
 * Publishes the image of a version, or of a commit that is none, and answers what became of it everywhere.
 *
 * Registries are looked at before anything is made: a version that was published from this commit is taken as it is, so
 * that running a release twice, or again after it was killed at any point, ends in the same state. Tags move when all
 * they need is proved to be there, the exact one first, and those that float follow the highest version whoever else
 * releases at the same time. What fails at one registry is told in the outcome and stops no other. Of two runs that publish
 * one version from one commit at the same moment, both end with the image of one of them.
 *
 * @throws ConflictError VERSION_PUBLISHED, VERSION_DIVERGED; what a required registry answers to the first look; what
 * the builder throws; InputError for a request that contradicts itself.
 */
export async function release(
  request: ReleaseRequest,
  parts: ReleaseParts,
  options: ReleaseOptions = {},
): Promise<ReleaseOutcome> {
  const run = openRun(request, parts, options);
  try {
    return await releaseAs(run);
  } finally {
    await run.settle();
  }
}

async function releaseAs(run: ReleaseRun): Promise<ReleaseOutcome> {
  const { request } = run;
  if (!request.effects.push) return await buildOnly(run);
  const ready = await obtainReady(run);
  const looks = await lookAtPlaces(run);
  const decision = decideOnPlaces(run, looks, ready);
  if (request.effects.dryRun) return await planRelease(run, looks, decision, ready);
  let next: ImageToPublish = { image: await obtainImage(run, decision, looks, ready), looks };
  for (let round = 1; ; round += 1) {
    const places = await publish(run, next);
    const twin = round === roundsMax ? undefined : await findTwin(run, places, ready);
    if (twin === undefined) return tellOutcome(run, next.image, places);
    next = twin;
  }
}

/** As many runs may publish one version from one commit at the same moment. */
const roundsMax = 4;

async function publish(run: ReleaseRun, { image, looks }: ImageToPublish): Promise<readonly PlaceProgress[]> {
  const placed = await placeContent(run, image, looks);
  const named = await writeExactTags(run, image, placed);
  return await climbLadders(run, image, named);
}

/** Nothing is asked of any registry, so that it works without credentials. */
async function buildOnly(run: ReleaseRun): Promise<ReleaseOutcome> {
  if (run.request.effects.dryRun) {
    return { ...whatIs(run), digest: undefined, origin: { kind: 'planned' }, platforms: [], places: [] };
  }
  const { root, origin, platforms } = await buildImage(run);
  return { ...whatIs(run), digest: root.digest, origin, platforms, places: [] };
}
