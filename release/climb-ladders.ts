/** The tags that float, moved in every registry that has the image: those of a ladder, and those that nobody ranks. */
import { planLadder } from '../core/ladder.ts';
import type { Version } from '../core/version.ts';
import type { Target } from '../oci/copy/target.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { type LadderClimb, openClimb } from './ladder-climb.ts';
import { listFreshTags } from './list-fresh-tags.ts';
import { lookBack } from './look-back.ts';
import type { ObtainedImage } from './obtained-image.ts';
import { advance, type PlaceProgress } from './place-progress.ts';
import type { TagOutcome } from './release-outcome.ts';
import type { ReleaseRun } from './release-run.ts';
import { tagOutcome } from './tag-outcome.ts';

/**
 * Moves what floats, everywhere at once; nowhere when a required place has failed, unless the policy allows it, or when
 * the version turned out to be taken somewhere.
 */
export async function climbLadders(
  run: ReleaseRun,
  image: ObtainedImage,
  places: readonly PlaceProgress[],
): Promise<readonly PlaceProgress[]> {
  if (isHeldBack(run, places)) return places.map((progress) => ({ ...progress, isHeldBack: true }));
  return await advance(run, places, async (progress, target) => {
    const { subject } = run.request;
    const climbed = await (subject.kind === 'version'
      ? climb(run, image, target, subject)
      : moveRefs(run, image, target, subject.tags));
    for (const tag of climbed.tags) run.emit({ kind: 'tagged', place: progress.look.place, tag });
    return { ...progress, tags: [...progress.tags, ...climbed.tags], held: climbed.held };
  });
}

function isHeldBack({ request }: ReleaseRun, places: readonly PlaceProgress[]): boolean {
  if (places.some(({ isTaken }) => isTaken)) return true;
  const isIncomplete = places.some(({ failure, look }) => failure !== undefined && look.isRequired);
  return isIncomplete && request.policy.partial === 'refuse';
}

/** The whole climb at one place: list, move what the version has earned, look back. */
async function climb(
  run: ReleaseRun,
  image: ObtainedImage,
  target: Target,
  { version, extraTags }: { readonly version: Version; readonly extraTags: readonly Tag[] },
): Promise<Pick<PlaceProgress, 'tags' | 'held'>> {
  const { exact, request } = run;
  const policy = request.policy.ladder;
  // Where nothing is ranked nothing is listed, which not every account may do.
  if (policy.rungs.length === 0) {
    const refs = extraTags.filter((tag) => tag !== exact);
    return await moveRefs(run, image, target, refs);
  }
  const state = openClimb(run, target, exact === undefined ? [] : [exact]);
  const listed = await listFreshTags(run, target, [...state.written]);
  if (listed === undefined) {
    run.warn('tag-list-lags', `the list of ${target.name} goes on lacking ${exact}: floating tags were left alone`);
    return { tags: [], held: [] };
  }
  const plan = planLadder({ version, existingTags: [...listed], policy });
  for (const { code, message } of plan.warnings) run.warn(code, message);
  const rungs = new Set([plan.exact, ...[...plan.move, ...plan.hold].map(({ tag }) => tag)]);
  const refs = extraTags.filter((tag) => !rungs.has(tag));
  await state.move([...refs, ...plan.move.map(({ tag }) => tag)], image.fetched);
  const seen = await lookBack(run, target, image, state, version);
  warnOfRefused(run, target, state);
  // What others released meanwhile may have taken a rung that seemed ours at first.
  const final = planLadder({ version, existingTags: [...new Set([...listed, ...seen.keys()])], policy });
  const ours = new Set(final.move.map(({ tag }) => tag));
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

async function moveRefs(
  run: ReleaseRun,
  image: ObtainedImage,
  target: Target,
  tags: readonly Tag[],
): Promise<Pick<PlaceProgress, 'tags' | 'held'>> {
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
  const message = `${target.name} lets no tag be moved: ${[...refused].join(', ')} stay as they are, the exact tag stands`;
  warn('floats-immutable', message);
}
