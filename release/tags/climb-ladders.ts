/** The tags that float, moved in every registry that has the image: those of a ladder, and those that nobody ranks. */
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { PlaceLook } from '../places/look-at-places.ts';
import { advance, type PlaceProgress } from '../places/place-progress.ts';
import type { TagOutcome } from '../release-outcome.ts';
import type { ReleaseRun } from '../release-run.ts';
import { type LadderClimb, openClimb } from './ladder-climb.ts';
import { listFreshTags } from './list-fresh-tags.ts';
import { lookBack } from './look-back.ts';
import { rankTags } from './rank-tags.ts';
import { tagOutcome } from './tag-outcome.ts';

type Climbed = Pick<PlaceProgress, 'tags' | 'held'>;

/**
 * Moves what floats, everywhere at once; nowhere when a required place has failed, unless the policy allows it, or when
 * the version turned out to be taken somewhere. All places are listed before a tag moves at any of them: one that cannot
 * tell its tags has failed, too.
 */
export async function climbLadders(
  run: ReleaseRun,
  image: ObtainedImage,
  places: readonly PlaceProgress[],
): Promise<readonly PlaceProgress[]> {
  if (isHeldBack(run, places)) return places.map(heldBack);
  const lists = new Map<PlaceLook, ReadonlySet<Tag> | undefined>();
  const listed = await advance(run, places, async (progress, target) => {
    lists.set(progress.look, await listRanked(run, target));
    return progress;
  });
  if (isHeldBack(run, listed)) return listed.map(heldBack);
  return await advance(run, listed, async (progress, target) => {
    const climbed = await climb(run, image, target, lists.get(progress.look));
    for (const tag of climbed.tags) run.emit({ kind: 'tagged', place: progress.look.place, tag });
    return { ...progress, tags: [...progress.tags, ...climbed.tags], held: climbed.held };
  });
}

function isHeldBack({ request }: ReleaseRun, places: readonly PlaceProgress[]): boolean {
  if (places.some(({ isTaken }) => isTaken)) return true;
  const isIncomplete = places.some(({ failure, look }) => failure !== undefined && look.isRequired);
  return isIncomplete && request.policy.partial === 'refuse';
}

function heldBack(progress: PlaceProgress): PlaceProgress {
  return { ...progress, isHeldBack: true };
}

/**
 * The tags that the version is ranked among; undefined where nothing is ranked, and where the list goes on lacking the
 * exact tag. Who ranks nothing lists nothing, which not every account may do.
 */
async function listRanked(run: ReleaseRun, target: Target): Promise<ReadonlySet<Tag> | undefined> {
  const { exact, request } = run;
  if (exact === undefined || request.policy.ladder.rungs.length === 0) return undefined;
  const listed = await listFreshTags(run, target, [exact]);
  if (listed === undefined) {
    run.warn('tag-list-lags', `the list of ${target.name} goes on lacking ${exact}: floating tags were left alone`);
  }
  return listed;
}

/** The whole climb at one place: move what the version has earned, look back. */
async function climb(
  run: ReleaseRun,
  image: ObtainedImage,
  target: Target,
  listed: ReadonlySet<Tag> | undefined,
): Promise<Climbed> {
  const { exact, request } = run;
  const { subject } = request;
  if (subject.kind === 'ref') return await moveRefs(run, image, target, subject.tags);
  const ranked = rankTags(run, subject, listed ?? []);
  if (listed === undefined) return await moveRefs(run, image, target, ranked.refs);
  const { refs, floats } = ranked;
  const state = openClimb(run, target, exact === undefined ? [] : [exact]);
  await state.move([...refs, ...floats], image.fetched);
  const seen = await lookBack(run, target, image, state, subject.version);
  warnOfRefused(run, target, state);
  // What others released meanwhile may have taken a rung that seemed ours at first.
  const final = rankTags(run, subject, new Set([...listed, ...seen.keys()]));
  const ours = new Set(final.floats);
  const repaired = [...state.before.keys()].filter((tag) => !ours.has(tag) && !refs.includes(tag));
  const now = (tag: Tag) => (seen.has(tag) ? seen.get(tag) : image.root.digest);
  return {
    tags: [
      ...outcomes(state, refs, 'ref', () => image.root.digest),
      ...outcomes(state, [...ours], 'float', () => image.root.digest),
      ...outcomes(state, repaired, 'float', now),
    ],
    held: final.hold,
  };
}

async function moveRefs(run: ReleaseRun, image: ObtainedImage, target: Target, tags: readonly Tag[]): Promise<Climbed> {
  const state = openClimb(run, target, []);
  await state.move(tags, image.fetched);
  warnOfRefused(run, target, state);
  return { tags: outcomes(state, tags, 'ref', () => image.root.digest), held: [] };
}

function outcomes(
  { before, refused }: LadderClimb,
  tags: readonly Tag[],
  kind: TagOutcome['kind'],
  now: (tag: Tag) => Digest | undefined,
): readonly TagOutcome[] {
  return tags
    .filter((tag) => !refused.has(tag))
    .map((tag) => tagOutcome(tag, kind, { from: before.get(tag), to: now(tag) }));
}

function warnOfRefused({ warn }: ReleaseRun, target: Target, { refused }: LadderClimb): void {
  if (refused.size === 0) return;
  warn(
    'floats-immutable',
    `${target.name} lets these tags not be moved, and they stay as they are: ${[...refused].join(', ')}`,
  );
}
