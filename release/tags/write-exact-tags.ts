/** The exact tag: written once, everywhere or nowhere, before any other tag moves. */
import type { Resolved, Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { PlaceLook } from '../places/look-at-places.ts';
import { advance, type PlaceProgress } from '../places/place-progress.ts';
import type { ReleaseRun } from '../release-run.ts';
import { deferToFirst } from './defer-to-first.ts';
import { isImmutableRefusal, tagImmutable } from './immutable-tags.ts';
import { tagOutcome } from './tag-outcome.ts';
import { taken } from './version-taken.ts';
import { resolveTags, writeTags } from './write-tags.ts';

/**
 * Writes the exact tag at every place that has the image. All are looked at once more first, because a build takes long:
 * when the version was published meanwhile at one of them, it is written at none, so that no two places disagree.
 *
 * No registry has compare-and-swap, so each tag is read back. Of two who publish a version at the same moment the one
 * has it whose tag stands at the first required place by name, which is therefore written before the others; whoever
 * loses it there learns of it here, and gives up what they wrote elsewhere.
 */
export async function writeExactTags(
  run: ReleaseRun,
  image: ObtainedImage,
  places: readonly PlaceProgress[],
): Promise<readonly PlaceProgress[]> {
  const { exact } = run;
  if (exact === undefined) return places;
  const named = new Map<PlaceLook, Resolved | undefined>();
  const seen = await advance(run, places, async (progress, target) => {
    const { look } = progress;
    const now = await target.resolve(exact, run.signal);
    named.set(look, now);
    return isFree(look, image.root.digest, now) ? progress : lost(progress, exact, image, now);
  });
  if (seen.some(({ isTaken }) => isTaken)) return seen;
  const first = firstOf(seen);
  const writeAt = (isHere: (look: PlaceLook) => boolean) => async (progress: PlaceProgress, target: Target) => {
    if (!isHere(progress.look)) return progress;
    return await writeAndRead(run, image, { progress, target, exact, from: named.get(progress.look) });
  };
  const led = await advance(
    run,
    seen,
    writeAt((look) => look === first),
  );
  if (led.some(({ isTaken }) => isTaken)) return led;
  const written = await advance(
    run,
    led,
    writeAt((look) => look !== first),
  );
  if (first === undefined) return written;
  return await deferToFirst(run, { exact, ours: image.root.digest, first, places: written, before: named });
}

/** Whether the tag may be written, or need not be: it names this image, or what it named when that was decided. */
function isFree({ sight }: PlaceLook, digest: Digest, now: Resolved | undefined): boolean {
  const before = sight.kind === 'present' ? sight.digest : undefined;
  return now === undefined || now.digest === digest || now.digest === before;
}

/** By its name, so that runs which publish one version agree on it in whatever order they name their places. */
function firstOf(places: readonly PlaceProgress[]): PlaceLook | undefined {
  const going = places
    .filter(({ failure }) => failure === undefined)
    .map(({ look }) => look)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return going.find(({ isRequired }) => isRequired) ?? going[0];
}

function lost(progress: PlaceProgress, exact: Tag, { root }: ObtainedImage, now: Resolved | undefined): PlaceProgress {
  return taken(progress, { exact, ours: root.digest, now: now?.digest });
}

interface ExactWrite {
  readonly progress: PlaceProgress;
  readonly target: Target;
  readonly exact: Tag;
  /** What it named just now. */
  readonly from: Resolved | undefined;
}

async function writeAndRead(run: ReleaseRun, image: ObtainedImage, write: ExactWrite): Promise<PlaceProgress> {
  const { progress, target, exact, from } = write;
  const { digest } = image.root;
  if (from?.digest !== digest) {
    await writeExact(run, image, write);
    const now = await target.resolve(exact, run.signal);
    if (now?.digest !== digest) return lost(progress, exact, image, now);
  }
  const tag = tagOutcome(exact, 'exact', { from: from?.digest, to: digest });
  run.emit({ kind: 'tagged', place: progress.look.place, tag });
  return { ...progress, tags: [tag] };
}

async function writeExact(
  run: ReleaseRun,
  { fetched }: ObtainedImage,
  { target, exact, from }: ExactWrite,
): Promise<void> {
  const named = new Map(from === undefined ? [] : [[exact, from]]);
  try {
    await writeTags(run, target, [exact], fetched, named);
  } catch (error) {
    if (!isImmutableRefusal(error)) throw error;
    const now = (await resolveTags(run, target, [exact])).get(exact);
    if (now === undefined) throw error;
    // Somebody was quicker, and the registry lets nobody be second: the look that follows says so.
    if (from !== undefined) throw tagImmutable(target.name, exact, error);
  }
}
