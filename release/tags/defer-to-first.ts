/**
 * One version, published by two at the same moment to the same registries: the first registry says whose it is, so that
 * all of them end with the same image. Registries have no compare-and-swap; as with tags that float, each writer looks
 * again after its last write, so that whoever writes last anywhere has seen what stands at the first.
 */
import { CodedError } from '../../errors/errors.ts';
import { copyGraph } from '../../oci/copy/copy-graph.ts';
import type { Resolved, Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { PlaceLook } from '../places/look-at-places.ts';
import { failed, type PlaceProgress } from '../places/place-progress.ts';
import type { ReleaseRun } from '../release-run.ts';
import { isImmutableRefusal, tagImmutable } from './immutable-tags.ts';
import { tagOutcome } from './tag-outcome.ts';
import { taken } from './version-taken.ts';
import { writeTags } from './write-tags.ts';

/** How often the first place is looked at. */
const roundsMax = 6;

/** First delay while others give up what they wrote; each further one is twice as long, some 8 s together. */
const firstDelayMs = 250;

/** What was written where. */
export interface Contest {
  readonly exact: Tag;
  readonly ours: Digest;
  readonly first: PlaceLook;
  readonly places: readonly PlaceProgress[];
  /** What the exact tag named before it was written here. */
  readonly before: ReadonlyMap<PlaceLook, Resolved | undefined>;
}

/**
 * The places when they agree with the first one, as far as that is ours to bring about: where the first names another
 * image by now, tags that were written here are pointed at that one, and the version is taken. A tag that others wrote is
 * theirs to give up, and is waited for.
 */
export async function deferToFirst(run: ReleaseRun, contest: Contest): Promise<readonly PlaceProgress[]> {
  const { exact, ours, first, before } = contest;
  const { target } = first;
  const others = contest.places.filter(({ look }) => look !== first && before.has(look));
  if (target === undefined || others.length === 0) return contest.places;
  const written = new Map(
    others.filter(({ look }) => before.get(look)?.digest !== ours).map(({ look }) => [look, ours] as const),
  );
  let { places } = contest;
  for (let round = 1; ; round += 1) {
    const now = await settle(run, () => target.resolve(exact, run.signal));
    if (now instanceof CodedError) return places.map((one) => (one.look === first ? failed(one, now) : one));
    const wrong = [...written].filter(([, digest]) => now !== undefined && digest !== now.digest);
    const isLast = round === roundsMax;
    if (now !== undefined && wrong.length > 0 && !isLast) {
      places = await giveUp(run, { ...contest, places }, { from: target, now, written, wrong });
    } else if (now?.digest !== ours) {
      const lost = { exact, ours, now: now?.digest };
      return places.map((one) => (one.look === first || written.has(one.look) ? taken(one, lost) : one));
    } else {
      if (isLast || !places.some(({ isTaken }) => isTaken)) return places;
      await run.timing.sleep(firstDelayMs * 2 ** (round - 1), run.signal);
      places = await Promise.all(places.map((one) => regain(run, contest, one)));
    }
  }
}

interface Loss {
  readonly from: Target;
  /** What the first place names. */
  readonly now: Resolved;
  /** What was written here last, by place. */
  readonly written: Map<PlaceLook, Digest>;
  readonly wrong: readonly (readonly [PlaceLook, Digest])[];
}

/** Points our tags at the image of the first place, unless others have written them since. */
async function giveUp(
  run: ReleaseRun,
  { exact, places }: Contest,
  { from, now, written, wrong }: Loss,
): Promise<readonly PlaceProgress[]> {
  const errors = new Map<PlaceLook, CodedError>();
  for (const [look, digest] of wrong) {
    const { target } = look;
    const end = await settle(run, async () => target && (await repoint(run, { from, to: target, exact, digest, now })));
    if (end instanceof CodedError) errors.set(look, end);
    if (end === true) written.set(look, now.digest);
    else written.delete(look);
  }
  return places.map((one) => {
    const error = errors.get(one.look);
    return error === undefined ? one : failed({ ...one, tags: [] }, error);
  });
}

interface Repointing {
  readonly from: Target;
  readonly to: Target;
  readonly exact: Tag;
  readonly digest: Digest;
  readonly now: Resolved;
}

/** Whether the tag was ours to point elsewhere. */
async function repoint(run: ReleaseRun, { from, to, exact, digest, now }: Repointing): Promise<boolean> {
  const { signal, memory } = run;
  const there = await to.resolve(exact, signal);
  if (there?.digest !== digest) return false;
  await copyGraph(from, to, now, { signal, memory });
  const manifest = await from.fetchManifest(now.digest, signal);
  try {
    await writeTags(run, to, [exact], manifest, new Map([[exact, there]]));
  } catch (error) {
    throw isImmutableRefusal(error) ? tagImmutable(to.name, exact, error) : error;
  }
  return true;
}

/** The place as ours again, where whoever had taken it has given it up. */
async function regain(run: ReleaseRun, contest: Contest, progress: PlaceProgress): Promise<PlaceProgress> {
  const { look, isTaken } = progress;
  const { exact, ours, before } = contest;
  if (!isTaken) return progress;
  const there = await settle(run, async () => await look.target?.resolve(exact, run.signal));
  if (there instanceof CodedError || there?.digest !== ours) return progress;
  const tag = tagOutcome(exact, 'exact', { from: before.get(look)?.digest, to: ours });
  run.emit({ kind: 'tagged', place: look.place, tag });
  return { ...progress, tags: [tag], failure: undefined, isTaken: false };
}

/** The answer, or the error that it ended with. */
async function settle<Answer>({ signal }: ReleaseRun, ask: () => Promise<Answer>): Promise<Answer | CodedError> {
  try {
    return await ask();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof CodedError) return error;
    throw error;
  }
}
