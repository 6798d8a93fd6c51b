/** What a release would do, and does not. */
import type { Target } from '../oci/copy/target.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { adoptedIn } from './image/obtain-image.ts';
import type { ObtainedImage } from './image/obtained-image.ts';
import type { PlaceDecision } from './places/decide-on-places.ts';
import type { PlaceLook } from './places/look-at-places.ts';
import { advance, beginAt, type PlaceProgress } from './places/place-progress.ts';
import type { ImageOrigin, ReleaseOutcome, TagOutcome } from './release-outcome.ts';
import type { ReleaseRun } from './release-run.ts';
import { rankTags } from './tags/rank-tags.ts';
import { tagOutcome } from './tags/tag-outcome.ts';
import { resolveTags } from './tags/write-tags.ts';
import { placeError, whatIs } from './tell-outcome.ts';

/**
 * The outcome that a release would have, as far as it can be told without an image: each place with the tags that would
 * be written, seen from the tags that are there now. Reads, and writes nothing.
 */
export async function planRelease(
  run: ReleaseRun,
  looks: readonly PlaceLook[],
  decision: PlaceDecision,
  known: ObtainedImage | undefined,
): Promise<ReleaseOutcome> {
  const adopted = adoptedIn(decision);
  const digest = adopted?.digest ?? known?.root.digest;
  const places = await advance(run, looks.map(beginAt), (progress, target) => planAt(run, progress, target, digest));
  return {
    ...whatIs(run),
    digest,
    origin: originOf(adopted?.from, known),
    platforms: known?.platforms ?? adopted?.from.reading?.platforms ?? [],
    places: places.map(({ look, tags, held, failure }) => ({
      place: look.place,
      status: failure === undefined ? 'planned' : 'failed',
      tags,
      held,
      error: failure && placeError(failure),
    })),
  };
}

/** An image that was named is what it was, whether or not it is published already. */
function originOf(adoptedFrom: PlaceLook | undefined, known: ObtainedImage | undefined): ImageOrigin {
  if (known !== undefined) return known.origin;
  return adoptedFrom === undefined ? { kind: 'planned' } : { kind: 'reused', from: adoptedFrom.place };
}

async function planAt(
  run: ReleaseRun,
  progress: PlaceProgress,
  target: Target,
  digest: Digest | undefined,
): Promise<PlaceProgress> {
  const { subject, policy } = run.request;
  if (subject.kind === 'ref') return { ...progress, tags: await planTags(run, target, subject.tags, 'ref', digest) };
  const listed = new Set<Tag>();
  if (policy.ladder.rungs.length > 0) for await (const tag of target.listTags(run.signal)) listed.add(tag);
  const { exact, refs, floats, hold } = rankTags(run, subject, listed);
  const [named, others, moved] = await Promise.all([
    planTags(run, target, [exact], 'exact', digest),
    planTags(run, target, refs, 'ref', digest),
    planTags(run, target, floats, 'float', digest),
  ]);
  return { ...progress, tags: [...named, ...others, ...moved], held: hold };
}

async function planTags(
  run: ReleaseRun,
  target: Target,
  tags: readonly Tag[],
  kind: TagOutcome['kind'],
  to: Digest | undefined,
): Promise<readonly TagOutcome[]> {
  const named = await resolveTags(run, target, tags);
  return tags.map((tag) => tagOutcome(tag, kind, { from: named.get(tag)?.digest, to }));
}
