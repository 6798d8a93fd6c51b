/** Releases at the same time, and releases that die: whatever the order of their requests, the rungs end right. */
import { describe, expect, it } from 'vitest';
import { defaultLadderPolicy } from '../../core/ladder-policy.ts';
import { planRepair } from '../../core/ladder-repair.ts';
import { readExactTag } from '../../core/version.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { openMemoryStore } from '../../oci/store/memory.ts';
import { release } from '../../release/release.ts';
import type { ReleaseOutcome } from '../../release/release-outcome.ts';
import { type Draw, drawReleases, highestOf, seededDraw } from '../core/ladder-race.ts';
import { inTurns, openTurns, type TagPower } from './release-turns.ts';
import { builderOf, partsOf, requestOf, testImage } from './release-world.ts';

const seed = 20_261_130;
const powers: readonly TagPower[] = ['one by one', 'at once', 'side by side'];

type Releases = ReturnType<typeof drawReleases>;

/** Changes what one release sees of the repository. */
type Blinkers = (seen: Target, store: Target, exact: Tag) => Target;

interface Race {
  readonly store: Target;
  readonly outcomes: readonly (ReleaseOutcome | undefined)[];
}

/** Releases the versions at the same time; those that `kills` names get so many turns and no more. */
async function race(
  drawn: Releases,
  draw: Draw,
  { blinkers = (seen) => seen, kills = new Map(), store = openMemoryStore('race') }: RaceOptions = {},
): Promise<Race> {
  const turns = openTurns(draw);
  const outcomes: (ReleaseOutcome | undefined)[] = drawn.map(() => undefined);
  const power = powers[draw(powers.length)] ?? 'one by one';
  const works = drawn.map(async ({ version }, at) => {
    const seen = inTurns(store, turns, version.text, power);
    const target = blinkers(seen, store, version.text as Tag);
    outcomes[at] = await release(
      requestOf({ version: version.text, revision: version.text }),
      partsOf({ repository: async () => target }, builderOf(testImage(version.text, version.text)).builder),
    );
  });
  for (const [who, left] of kills) turns.killAfter(who, left);
  await turns.run(works);
  return { store, outcomes };
}

interface RaceOptions {
  readonly blinkers?: Blinkers;
  readonly kills?: ReadonlyMap<string, number>;
  readonly store?: Target;
}

async function tagsIn(store: Target): Promise<ReadonlyMap<string, Digest | undefined>> {
  const named = new Map<string, Digest | undefined>();
  for await (const tag of store.listTags()) named.set(tag, (await store.resolve(tag))?.digest);
  return named;
}

/** Rungs that do not name what they should. */
async function wrongIn(store: Target): Promise<readonly string[]> {
  return planRepair({ existing: await tagsIn(store) }).move.map(({ tag }) => tag);
}

function latestOf(releases: Releases): Digest | undefined {
  const highest = highestOf(releases)?.version.text;
  return highest === undefined ? undefined : testImage(highest, highest).root.digest;
}

describe('releases at the same time', () => {
  it.each([
    { releases: 2, runs: 500 },
    { releases: 3, runs: 500 },
    { releases: 4, runs: 500 },
  ])('leave no rung wrong, $releases of them, in $runs races', async ({ releases, runs }) => {
    const draw = seededDraw(seed + releases);
    for (let run = 0; run < runs; run += 1) {
      const drawn = drawReleases(releases, draw);
      const { store, outcomes } = await race(drawn, draw);
      const hint = `seed ${seed + releases}, run ${run}: ${drawn.map(({ version }) => version.text).join(' ')}`;
      expect(await wrongIn(store), hint).toEqual([]);
      expect((await tagsIn(store)).get('latest'), hint).toBe(latestOf(drawn));
      expect(
        outcomes.map((outcome) => outcome?.places[0]?.status),
        hint,
      ).toEqual(drawn.map(() => 'done'));
    }
  });

  it('tell the truth of what each of them moved and held, seen at its end', async () => {
    const draw = seededDraw(seed);
    for (let run = 0; run < 60; run += 1) {
      const drawn = drawReleases(3, draw);
      const { outcomes } = await race(drawn, draw);
      const highest = highestOf(drawn);
      const told = outcomes[highest === undefined ? -1 : drawn.indexOf(highest)]?.places[0];
      // Nobody is above the highest: it has every rung, whoever wrote it last.
      expect(told?.held, `seed ${seed}, run ${run}`).toEqual([]);
      expect(told?.tags.map(({ tag }) => tag)).toContain('latest');
    }
  });

  it('of one version end with one image under all its tags', async () => {
    const draw = seededDraw(seed);
    for (let run = 0; run < 100; run += 1) {
      const turns = openTurns(draw);
      const store = openMemoryStore('race');
      const works = ['ours', 'theirs'].map((who) =>
        release(
          requestOf({ revision: who }),
          partsOf(
            { repository: async () => inTurns(store, turns, who, 'one by one') },
            builderOf(testImage(who, who)).builder,
          ),
        ),
      );
      const settled = Promise.allSettled(works);
      await turns.run(works);
      const done = (await settled).filter(
        (one) => one.status === 'fulfilled' && one.value.places[0]?.status === 'done',
      );
      const named = await tagsIn(store);
      expect(new Set(named.values()).size, `seed ${seed}, run ${run}`).toBe(1);
      expect([...named.keys()].toSorted()).toEqual(['1', '1.2', '1.2.3', 'latest']);
      expect(done.length, `seed ${seed}, run ${run}`).toBeGreaterThan(0);
    }
  });
});

describe('releases that die', () => {
  it('leave nothing that the next release of the line does not put right', async () => {
    const draw = seededDraw(seed);
    for (let run = 0; run < 150; run += 1) {
      const all = drawReleases(4, draw);
      const [next, ...dying] = all;
      if (next === undefined) throw new Error('no release');
      const kills = new Map(dying.map(({ version }) => [version.text, draw(16)]));
      const { store } = await race(dying, draw, { kills });
      const { outcomes } = await race([next], draw, { store });
      const named = await tagsIn(store);
      const pushed = all.filter(({ version }) => named.has(version.text));
      const hint = `seed ${seed}, run ${run}`;
      expect(outcomes[0]?.places[0]?.status, hint).toBe('done');
      expect(named.get('latest'), hint).toBe(latestOf(pushed));
      const ofLine = planRepair({ existing: named, version: next.version }).move;
      expect(ofLine, hint).toEqual([]);
    }
  });

  it('are finished by running them again, which builds nothing once the exact tag is there', async () => {
    const draw = seededDraw(seed);
    for (let run = 0; run < 100; run += 1) {
      const [one] = drawReleases(1, draw);
      if (one === undefined) throw new Error('no release');
      const { store } = await race([one], draw, { kills: new Map([[one.version.text, draw(14)]]) });
      const wasThere = (await tagsIn(store)).has(one.version.text);
      const { outcomes } = await race([one], draw, { store });
      expect(outcomes[0]?.origin.kind).toBe(wasThere ? 'reused' : 'built');
      expect(await wrongIn(store)).toEqual([]);
    }
  });
});

/** Tags that are no exact ones: a list that lacked them would be waited for. */
async function* floatsIn(store: Target): AsyncIterable<Tag> {
  for await (const tag of store.listTags()) {
    if (readExactTag(tag, defaultLadderPolicy.naming) === undefined) yield tag;
  }
}

const mutants: Readonly<Record<string, Blinkers>> = {
  'never looks at other versions': (seen, store, exact) => ({
    ...seen,
    async *listTags() {
      yield* floatsIn(store);
      yield exact;
    },
  }),
  'looks before it writes the exact tag, and not again': (seen, store, exact) => {
    let list: Promise<Tag[]> | undefined;
    return {
      ...seen,
      async resolve(...asked) {
        const resolved = await seen.resolve(...asked);
        list ??= Array.fromAsync(store.listTags());
        return resolved;
      },
      async *listTags() {
        yield* new Set([...((await list) ?? []), exact, ...(await Array.fromAsync(floatsIn(store)))]);
      },
    };
  },
  'looks after it wrote the exact tag, and not again': (seen, store) => {
    let list: Promise<Tag[]> | undefined;
    return {
      ...seen,
      async *listTags() {
        list ??= Array.fromAsync(seen.listTags());
        yield* new Set([...(await list), ...(await Array.fromAsync(floatsIn(store)))]);
      },
    };
  },
};

describe('the same races lose', () => {
  it.each(Object.entries(mutants))('when a release %s', async (_, blinkers) => {
    const draw = seededDraw(seed);
    let wrong = 0;
    for (let run = 0; run < 100; run += 1) {
      const drawn = drawReleases(3, draw);
      const { store } = await race(drawn, draw, { blinkers });
      if ((await tagsIn(store)).get('latest') !== latestOf(drawn)) wrong += 1;
    }
    expect(wrong).toBeGreaterThan(0);
  });
});
