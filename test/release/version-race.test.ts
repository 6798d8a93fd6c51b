/** One version, published by several at the same moment to several registries: these end with one image, whatever the order. */
import { describe, expect, it } from 'vitest';
import { CodedError } from '../../errors/errors.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { isDigest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { release } from '../../release/release.ts';
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import { type Draw, seededDraw } from '../core/ladder-race.ts';
import { inTurns, openTurns } from './release-turns.ts';
import { builderOf, partsOf, requestOf, statuses, testImage } from './release-world.ts';

const seed = 20_261_202;
const hosts = ['one.example', 'two.example', 'three.example'];
const runs = ['first', 'second', 'third'];

interface Race {
  readonly stores: ReadonlyMap<string, Target>;
  /** The code of what refused it for a run that came too late. */
  readonly outcomes: readonly (ReleaseOutcome | string)[];
}

interface RaceInit {
  readonly draw: Draw;
  readonly who: readonly string[];
  readonly commitOf: (who: string) => string;
  /** Changes what a run sees of a registry. */
  readonly blinkers?: (seen: Target) => Target;
}

/** All of them publish 1.2.3 to the hosts, each naming these in an order of its own; some begin later than others. */
async function race({ draw, who, commitOf, blinkers = (seen) => seen }: RaceInit): Promise<Race> {
  const turns = openTurns(draw);
  const stores = new Map(hosts.slice(0, 2 + draw(2)).map((host) => [host, openMemoryStore(host)]));
  const works = who.map(async (run, at) => {
    const seen = new Map(
      [...stores].map(([host, store]) => [host, blinkers(inTurns(store, turns, run, 'one by one'))]),
    );
    for (let turn = at * draw(6); turn > 0; turn -= 1) await turns.take(run);
    const images = [...stores.keys()].map((host) => `${host}/acme/app`);
    const request = requestOf({ images: at % 2 === 0 ? images : images.toReversed(), revision: commitOf(run) });
    const repository = async (host: string) => seen.get(host) ?? never();
    return await release(request, partsOf({ repository }, builderOf(testImage(run, commitOf(run))).builder));
  });
  const settled = Promise.allSettled(works);
  await turns.run(works);
  const outcomes = (await settled).map((end) => {
    if (end.status === 'fulfilled') return end.value;
    return end.reason instanceof CodedError ? end.reason.code : String(end.reason);
  });
  return { stores, outcomes };
}

/** What all tags of all registries name. */
async function namedIn(stores: Race['stores']): Promise<ReadonlySet<Digest | undefined>> {
  const named = new Set<Digest | undefined>();
  for (const store of stores.values()) {
    for (const tag of ['1.2.3', '1.2', '1', 'latest']) named.add((await store.resolve(tag as Tag))?.digest);
  }
  return named;
}

describe('one version, published at the same moment', () => {
  it.each([
    { count: 2, rounds: 200 },
    { count: 3, rounds: 200 },
  ])(
    'by $count runs of one commit, is the same image everywhere, and every run is content',
    async ({ count, rounds }) => {
      const draw = seededDraw(seed + count);
      for (let round = 0; round < rounds; round += 1) {
        const hint = `seed ${seed + count}, round ${round}`;
        const { stores, outcomes } = await race({ draw, who: runs.slice(0, count), commitOf: () => 'aaaa' });
        const named = await namedIn(stores);
        expect(named.size, hint).toBe(1);
        for (const outcome of outcomes) {
          // One that comes while two others have not agreed yet is told so.
          if (outcome === 'VERSION_DIVERGED' && count > 2) continue;
          expect(endOf(outcome), hint).toEqual([...stores.keys()].map(() => 'done'));
          expect(named, hint).toContain(typeof outcome === 'string' ? undefined : outcome.digest);
        }
      }
    },
  );

  it.each([
    { count: 2, rounds: 200 },
    { count: 3, rounds: 200 },
  ])('from $count commits, is the image of one of them everywhere', async ({ count, rounds }) => {
    const draw = seededDraw(seed - count);
    for (let round = 0; round < rounds; round += 1) {
      const hint = `seed ${seed - count}, round ${round}`;
      const { stores, outcomes } = await race({ draw, who: runs.slice(0, count), commitOf: (who) => who });
      const named = await namedIn(stores);
      expect(named.size, hint).toBe(1);
      const winners = outcomes.filter((one) => typeof one !== 'string' && endOf(one).every((end) => end === 'done'));
      expect(
        winners.map((one) => typeof one !== 'string' && one.digest),
        hint,
      ).toContain([...named][0]);
      const others = outcomes.filter((one) => !winners.includes(one)).flatMap(endOf);
      for (const end of others)
        expect(end, hint).toMatch(/^(?:content-only|done|(?:failed )?VERSION_(?:PUBLISHED|DIVERGED))$/);
    }
  });
});

function endOf(outcome: ReleaseOutcome | string): readonly string[] {
  return typeof outcome === 'string' ? [outcome] : statuses(outcome);
}

/** A registry that answers everybody with what they wrote themselves, as through a cache. */
function recallsOwn(seen: Target): Target {
  const own = new Map<string, Awaited<ReturnType<Target['resolve']>>>();
  return {
    ...seen,
    async resolve(tagOrDigest, signal) {
      const found = await seen.resolve(tagOrDigest, signal);
      return isDigest(tagOrDigest) ? found : (own.get(tagOrDigest) ?? found);
    },
    async pushTag(tag, manifest, options) {
      await seen.pushTag(tag, manifest, options);
      own.set(tag, manifest.descriptor);
    },
  };
}

describe('the same races lose', () => {
  it('where a registry tells nobody what others wrote', async () => {
    const draw = seededDraw(seed);
    let wrong = 0;
    for (let round = 0; round < 100; round += 1) {
      const { stores } = await race({ draw, who: runs.slice(0, 2), commitOf: (who) => who, blinkers: recallsOwn });
      if ((await namedIn(stores)).size > 1) wrong += 1;
    }
    expect(wrong).toBeGreaterThan(0);
  });
});

function never(): never {
  throw new Error('absent');
}
