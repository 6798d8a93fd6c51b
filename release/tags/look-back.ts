/** The look back at a ladder: it is listed again and put right until a list shows nothing to do. */
import { listTagsToResolve, planRepair, type RungRepair } from '../../core/ladder-repair.ts';
import type { Version } from '../../core/version.ts';
import { ConflictError } from '../../errors/errors.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ObtainedImage } from '../image/obtained-image.ts';
import type { ReleaseRun } from '../release-run.ts';
import type { LadderClimb } from './ladder-climb.ts';
import { listFreshTags } from './list-fresh-tags.ts';
import { versionTaken } from './version-taken.ts';
import { resolveTags } from './write-tags.ts';

/** How often a ladder is looked at. Each writer points rungs at what is highest, so that few rounds do for many writers. */
const roundsMax = 5;

/** How long a tag that is listed and not there is waited for. */
const unreadableMs = 500;

/**
 * What the tags name when the ladder stands as the rules want it, seen in a list that was taken after our last write.
 *
 * Registries have no compare-and-swap. Every writer looks back, so that the last one always compares with every exact
 * tag that was there before its own write; what a writer leaves that dies in between, the next release of the line puts
 * right here. A rung that somebody moved by hand on purpose is put right as well: it is kept by a hold of the policy,
 * and by nothing else.
 *
 * A write whose answer never came may still land after the last look, as on any registry; the next release sees to it.
 *
 * @throws ConflictError LADDER_UNSETTLED when rungs are wrong after the last round; VERSION_PUBLISHED when the exact tag
 * names another image by now.
 */
export async function lookBack(
  run: ReleaseRun,
  target: Target,
  image: ObtainedImage,
  climb: LadderClimb,
  version: Version,
): Promise<ReadonlyMap<Tag, Digest | undefined>> {
  let wrong: readonly RungRepair[] = [];
  let seen: ReadonlyMap<Tag, Digest | undefined> = new Map();
  for (let round = 1; round <= roundsMax; round += 1) {
    const tags = await listFreshTags(run, target, [...climb.written]);
    if (tags === undefined) return lagging(run, target, seen);
    seen = await readTags(run, target, tags, version);
    const { move, unresolved } = planRepair({ existing: seen, policy: run.request.policy.ladder, version });
    wrong = move.filter(({ tag }) => !climb.refused.has(tag));
    if (wrong.length === 0 && unresolved.length === 0) return assertOurs(run, target, image, seen);
    if (wrong.length > 0) await repair(run, target, { image, climb, wrong });
    else await run.timing.sleep(unreadableMs, run.signal);
  }
  if (wrong.length === 0) {
    run.warn('tags-unreadable', `${target.name} lists tags that it does not have: what they name is not known`);
    return assertOurs(run, target, image, seen);
  }
  const names = wrong.map(({ tag, version: rightful }) => `${tag} (of ${rightful})`);
  throw new ConflictError({
    code: 'LADDER_UNSETTLED',
    message: `tags are still moved by others after ${roundsMax} looks: ${target.name}: ${names.join(', ')}`,
  });
}

/** Every tag that is listed; the digest where the rules compare it. */
async function readTags(
  run: ReleaseRun,
  target: Target,
  tags: ReadonlySet<Tag>,
  version: Version,
): Promise<ReadonlyMap<Tag, Digest | undefined>> {
  const { exact, request } = run;
  const wanted = new Set(listTagsToResolve([...tags], request.policy.ladder, version));
  if (exact !== undefined) wanted.add(exact);
  const named = await resolveTags(run, target, [...wanted]);
  return new Map([...tags].map((tag) => [tag, named.get(tag)?.digest]));
}

/**
 * What was seen, unless others have the exact tag by now. Only at the end: the rungs follow the exact tag, and those that
 * we pointed at our image would stay there.
 */
function assertOurs(
  { exact }: ReleaseRun,
  target: Target,
  { root }: ObtainedImage,
  seen: ReadonlyMap<Tag, Digest | undefined>,
): ReadonlyMap<Tag, Digest | undefined> {
  const now = exact === undefined ? undefined : seen.get(exact);
  if (exact === undefined || now === undefined || now === root.digest) return seen;
  throw versionTaken(target.name, { exact, ours: root.digest, now });
}

/** A rung of another version than ours is put right as well: whoever released that one may not be there any more. */
async function repair(
  { signal }: ReleaseRun,
  target: Target,
  { image, climb, wrong }: { image: ObtainedImage; climb: LadderClimb; wrong: readonly RungRepair[] },
): Promise<void> {
  for (const digest of new Set(wrong.map(({ to }) => to))) {
    const tags = wrong.filter(({ to }) => to === digest).map(({ tag }) => tag);
    const manifest = digest === image.root.digest ? image.fetched : await target.fetchManifest(digest, signal);
    await climb.move(tags, manifest);
  }
}

function lagging<Seen>(run: ReleaseRun, target: Target, seen: Seen): Seen {
  run.warn(
    'tag-list-lags',
    `the list of ${target.name} goes on lacking tags that are there: the ladder was not looked at again`,
  );
  return seen;
}
