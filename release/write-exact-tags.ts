/** The exact tag: written once, everywhere or nowhere, before any other tag moves. */
import { ConflictError } from '../errors/errors.ts';
import type { FetchedManifest, Resolved, Target } from '../oci/copy/target.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { isImmutableRefusal, tagImmutable } from './immutable-tags.ts';
import type { PlaceLook } from './look-at-places.ts';
import type { ObtainedImage } from './obtained-image.ts';
import { advance, type PlaceProgress } from './place-progress.ts';
import type { ReleaseRun } from './release-run.ts';
import { tagOutcome } from './tag-outcome.ts';
import { resolveTags, writeTags } from './write-tags.ts';

/**
 * Writes the exact tag at every place that has the image. All are looked at once more first, because a build takes long:
 * when the version was published meanwhile at one of them, it is written at none, so that no two places disagree.
 *
 * No registry has compare-and-swap, so each tag is read back. Of two who publish a version at the same moment the last
 * one has it, and the other one learns of it here.
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
    named.set(look, await target.resolve(exact, run.signal));
    return isFree(look, image.root.digest, named.get(look)) ? progress : taken(progress, exact, image, named.get(look));
  });
  if (seen.some(({ isTaken }) => isTaken)) return seen;
  return await advance(run, seen, async (progress, target) => {
    const { look } = progress;
    const from = named.get(look);
    if (from?.digest !== image.root.digest) {
      await writeExact(run, target, exact, image.fetched, from);
      const now = await target.resolve(exact, run.signal);
      if (now?.digest !== image.root.digest) return taken(progress, exact, image, now);
    }
    const tag = tagOutcome(exact, 'exact', { from: from?.digest, to: image.root.digest });
    run.emit({ kind: 'tagged', place: look.place, tag });
    return { ...progress, tags: [tag] };
  });
}

/** Whether the tag may be written, or need not be: it names this image, or what it named when that was decided. */
function isFree({ sight }: PlaceLook, digest: Digest, now: Resolved | undefined): boolean {
  const before = sight.kind === 'present' ? sight.digest : undefined;
  return now === undefined || now.digest === digest || now.digest === before;
}

function taken(progress: PlaceProgress, exact: Tag, image: ObtainedImage, now: Resolved | undefined): PlaceProgress {
  const there = now === undefined ? 'was deleted' : `names ${now.digest}`;
  const failure = new ConflictError({
    code: 'VERSION_PUBLISHED',
    message: `${exact} was published by others meanwhile: ${progress.look.name}:${exact} ${there}, not ${image.root.digest}`,
    wayOut: 'see who else releases this version; run the release again, which takes what is published from this commit',
  });
  return { ...progress, failure, isTaken: true };
}

async function writeExact(
  run: ReleaseRun,
  target: Target,
  exact: Tag,
  manifest: FetchedManifest,
  from: Resolved | undefined,
): Promise<void> {
  const named = new Map(from === undefined ? [] : [[exact, from]]);
  try {
    await writeTags(run, target, [exact], manifest, named);
  } catch (error) {
    if (!isImmutableRefusal(error)) throw error;
    const now = (await resolveTags(run, target, [exact])).get(exact);
    if (now === undefined) throw error;
    // Somebody was quicker, and the registry lets nobody be second: the look that follows says so.
    if (from !== undefined) throw tagImmutable(target.name, exact, error);
  }
}
