/**
 * Races of concurrent releases on a simulated registry that has no compare-and-swap, as none has. A writer is a
 * generator that yields before each request; which writer goes next is drawn from a seeded generator, so that every
 * run can be repeated.
 */
import { planLadder } from '../../core/ladder.ts';
import { type LadderPolicy, parseLadderPolicy } from '../../core/ladder-policy.ts';
import { listTagsToResolve, planRepair } from '../../core/ladder-repair.ts';
import { exactTag, parseVersion, type Version } from '../../core/version.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { digestOfText, type Repository } from './ladder-repository.ts';

/** A number from 0 up to, but not including, the bound. */
export type Draw = (bound: number) => number;

/** A way to release a version: yields before each request to the registry. Returns whether it saw its work stand. */
export type Strategy = (repository: Repository, release: Release) => Generator<void, boolean>;

export interface Release {
  readonly version: Version;
  readonly digest: Digest;
}

/** A writer looks again at most this often; one that is still not content says so, and the next release repairs. */
const repairRoundsMax = 5;

/** The whole ladder; the strategies that lose are measured by `latest` alone. */
export const racePolicy: LadderPolicy = parseLadderPolicy({});
const latestOnly: LadderPolicy = parseLadderPolicy({ rungs: ['latest'] });

/** What most tools do: the tags follow from the version alone. */
export const alwaysMove: Strategy = function* (repository, { version, digest }) {
  yield;
  repository.set(exactTag(version), digest);
  yield;
  repository.set('latest', digest);
  return true;
};

/** Looks before it pushes: a release that lists in between is not seen. */
export const listPushMove: Strategy = function* (repository, release) {
  yield;
  const existingTags = [...repository.keys()];
  yield;
  repository.set(exactTag(release.version), release.digest);
  return yield* moveRungs(repository, release, existingTags, latestOnly);
};

/** Looks after it pushed: still, what it decides may be old when it writes. */
export const pushListMove: Strategy = function* (repository, release) {
  yield;
  repository.set(exactTag(release.version), release.digest);
  yield;
  return yield* moveRungs(repository, release, [...repository.keys()], latestOnly);
};

/** Ours: exact tag, list, move, then list again and repair until a list taken after the last write agrees. */
export const pushListMoveRepair: Strategy = function* (repository, release) {
  yield;
  repository.set(exactTag(release.version), release.digest);
  yield;
  yield* moveRungs(repository, release, [...repository.keys()], racePolicy);
  for (let round = 0; round < repairRoundsMax; round++) {
    const existing = yield* readRepository(repository, release.version);
    const { move, unresolved } = planRepair({ existing, policy: racePolicy, version: release.version });
    if (move.length === 0 && unresolved.length === 0) return true;
    for (const { tag, to } of move) {
      yield;
      repository.set(tag, to);
    }
  }
  return false;
};

/** Runs the writers, one request of one of them at a time, until each has ended or was killed. */
export function race(
  repository: Repository,
  strategy: Strategy,
  releases: readonly Release[],
  draw: Draw,
  stepsUntilKill: ReadonlyMap<Release, number> = new Map(),
): { readonly unsettled: number } {
  const writers = releases.map((release) => ({
    steps: strategy(repository, release),
    left: stepsUntilKill.get(release) ?? Infinity,
  }));
  for (const { steps } of writers) steps.next(); // to the first request
  let unsettled = 0;
  while (writers.length > 0) {
    const index = draw(writers.length);
    const writer = writers[index];
    if (writer === undefined) break;
    writer.left -= 1;
    const step = writer.left < 0 ? undefined : writer.steps.next();
    if (step?.done === true && !step.value) unsettled += 1;
    if (step === undefined || step.done === true) writers.splice(index, 1);
  }
  return { unsettled };
}

/** So many different stable versions, in an order that tells nothing about theirs. */
export function drawReleases(count: number, draw: Draw): readonly Release[] {
  const drawn = new Map<string, Release>();
  while (drawn.size < count) {
    const text = `${draw(3)}.${draw(3)}.${draw(4)}`;
    const release = knownReleases.get(text);
    if (release !== undefined) drawn.set(text, release);
  }
  return [...drawn.values()];
}

/** The highest of them, compared here by hand, number by number. */
export function highestOf(releases: readonly Release[]): Release | undefined {
  const rank = ({ version }: Release) => (version.major * 100 + version.minor) * 100 + version.patch;
  return releases.reduce<Release | undefined>((best, one) => (best && rank(best) > rank(one) ? best : one), undefined);
}

/** Mulberry32: small, fast, and the same everywhere for the same seed. */
export function seededDraw(seed: number): Draw {
  let state = seed >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  };
}

const knownReleases = new Map(
  [0, 1, 2].flatMap((major) =>
    [0, 1, 2].flatMap((minor) =>
      [0, 1, 2, 3].map((patch): [string, Release] => {
        const version = parseVersion(`${major}.${minor}.${patch}`);
        return [version.text, { version, digest: digestOfText(version.text) }];
      }),
    ),
  ),
);

function* moveRungs(
  repository: Repository,
  { version, digest }: Release,
  existingTags: readonly string[],
  policy: LadderPolicy,
): Generator<void, boolean> {
  for (const { tag } of planLadder({ version, existingTags, policy }).move) {
    yield;
    repository.set(tag, digest);
  }
  return true;
}

/** The list is one request; each digest is another, and others may write between them. */
function* readRepository(repository: Repository, version: Version): Generator<void, Map<string, Digest | undefined>> {
  yield;
  const tags = [...repository.keys()];
  const existing = new Map<string, Digest | undefined>(tags.map((tag) => [tag, undefined]));
  for (const tag of listTagsToResolve(tags, racePolicy, version)) {
    yield;
    existing.set(tag, repository.get(tag));
  }
  return existing;
}
