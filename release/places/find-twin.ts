/** Two runs for one commit: a version is often released by a pushed tag and by the release that is made of it. */
import { decideRelease } from '../../core/release-decision.ts';
import { readAdopted } from '../image/obtain-image.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { ReleaseRun } from '../release-run.ts';
import { wishOf } from './decide-on-places.ts';
import { lookAtPlaces, type PlaceLook } from './look-at-places.ts';
import type { PlaceProgress } from './place-progress.ts';

/** An image, and the places as they were seen before it goes there. */
export interface ImageToPublish {
  readonly image: ObtainedImage;
  readonly looks: readonly PlaceLook[];
}

/**
 * The image that another run published from the same commit while ours was on its way: it takes the place of ours.
 * Undefined where the version was not lost, or is another commit's.
 */
export async function findTwin(
  run: ReleaseRun,
  places: readonly PlaceProgress[],
  ready: ObtainedImage | undefined,
): Promise<ImageToPublish | undefined> {
  if (!places.some(({ failure }) => failure?.code === 'VERSION_PUBLISHED')) return undefined;
  const { looks, decision } = await lookUntilAgreed(run, ready);
  if (decision.kind !== 'adopt') return undefined;
  const { digest, from } = decision;
  run.warn(
    'published-meanwhile',
    `another run published this version from the same commit at the same time: ${from.name}@${digest} is taken`,
  );
  return { image: await readAdopted(run, decision), looks };
}

/** Registries differ for as long as one of several runs has not given up what it wrote. */
async function lookUntilAgreed(run: ReleaseRun, ready: ObtainedImage | undefined) {
  for (let round = 1; ; round += 1) {
    const looks = await lookAtPlaces(run);
    const decision = decideRelease(wishOf(run, ready), looks);
    const isDiverged = decision.kind === 'refuse' && decision.reasons.every(({ code }) => code === 'VERSION_DIVERGED');
    if (!isDiverged || round === looksMax) return { looks, decision };
    await run.timing.sleep(betweenLooksMs, run.signal);
  }
}

/** How often the places are looked at, and how long is waited in between. */
const looksMax = 5;
const betweenLooksMs = 1_000;
