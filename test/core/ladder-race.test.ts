import { describe, expect, test } from 'vitest';
import { planRepair } from '../../core/ladder-repair.ts';
import {
  alwaysMove,
  type Draw,
  drawReleases,
  highestOf,
  listPushMove,
  pushListMove,
  pushListMoveRepair,
  race,
  racePolicy,
  type Strategy,
  seededDraw,
} from './ladder-race.ts';
import { applyRepair, type Repository } from './ladder-repository.ts';

const runs = 20_000;
const seed = 20_261_101;

/** It is all work and no waiting: some seconds, and on a machine that does other things many times as much. */
const timeoutMs = 240_000;

describe('of 20,000 races on a registry without compare-and-swap', { timeout: timeoutMs }, () => {
  // Percentages of an earlier simulation of 100,000 races each.
  test.each([
    { strategy: alwaysMove, how: 'moving it always', releases: 2, percent: 49.6, tolerance: 3 },
    { strategy: alwaysMove, how: 'moving it always', releases: 3, percent: 66.5, tolerance: 3 },
    { strategy: alwaysMove, how: 'moving it always', releases: 4, percent: 74.8, tolerance: 3 },
    { strategy: listPushMove, how: 'looking, pushing, then moving', releases: 2, percent: 27.8, tolerance: 3 },
    { strategy: listPushMove, how: 'looking, pushing, then moving', releases: 3, percent: 41.5, tolerance: 3 },
    { strategy: listPushMove, how: 'looking, pushing, then moving', releases: 4, percent: 49.6, tolerance: 3 },
    { strategy: pushListMove, how: 'pushing, looking, then moving', releases: 2, percent: 3.4, tolerance: 1 },
    { strategy: pushListMove, how: 'pushing, looking, then moving', releases: 3, percent: 4.3, tolerance: 1 },
    { strategy: pushListMove, how: 'pushing, looking, then moving', releases: 4, percent: 4.3, tolerance: 1 },
  ])(
    '$releases releases leave latest wrong in $percent of 100 when $how',
    ({ strategy, releases, percent, tolerance }) => {
      const wrong = (countWrongLatest(strategy, releases, seededDraw(seed)) / runs) * 100;
      expect(wrong, `seed ${seed}`).toBeGreaterThan(percent - tolerance);
      expect(wrong, `seed ${seed}`).toBeLessThan(percent + tolerance);
    },
  );

  test.each([2, 3, 4])('%i releases leave no rung wrong when they list again and repair', (releases) => {
    const draw = seededDraw(seed + releases);
    for (let run = 0; run < runs; run++) {
      const repository: Repository = new Map();
      const drawn = drawReleases(releases, draw);
      const { unsettled } = race(repository, pushListMoveRepair, drawn, draw);
      expectWhole(repository, highestOf(drawn)?.digest, `seed ${seed + releases}, run ${run}`);
      expect(unsettled, 'a writer gave up').toBe(0);
    }
  });
});

describe('what a killed release leaves behind', () => {
  test('latest is repaired by the next release', () => {
    forKilledRaces(2_000, (repository, drawn, draw) => {
      const known = new Set(drawn.map(({ version }) => version.text));
      const next = drawReleases(drawn.length + 1, draw).find(({ version }) => !known.has(version.text));
      if (next === undefined) throw new Error('no version is left');
      race(repository, pushListMoveRepair, [next], draw);
      const pushed = [...drawn, next].filter(({ version }) => repository.has(version.text));
      expect(repository.get('latest')).toBe(highestOf(pushed)?.digest);
    });
  });

  test('every rung is repaired by a repair of the whole ladder', () => {
    forKilledRaces(2_000, (repository, drawn) => {
      applyRepair(repository, planRepair({ existing: repository, policy: racePolicy }));
      const pushed = drawn.filter(({ version }) => repository.has(version.text));
      expectWhole(repository, highestOf(pushed)?.digest, 'after the repair');
    });
  });
});

function countWrongLatest(strategy: Strategy, count: number, draw: Draw): number {
  let wrong = 0;
  for (let run = 0; run < runs; run++) {
    const repository: Repository = new Map();
    const releases = drawReleases(count, draw);
    race(repository, strategy, releases, draw);
    if (repository.get('latest') !== highestOf(releases)?.digest) wrong += 1;
  }
  return wrong;
}

/** Races of three releases, each killed at some step or (seldom) not at all. */
function forKilledRaces(
  count: number,
  inspect: (repository: Repository, releases: ReturnType<typeof drawReleases>, draw: Draw) => void,
): void {
  const draw = seededDraw(seed);
  for (let run = 0; run < count; run++) {
    const repository: Repository = new Map();
    const releases = drawReleases(3, draw);
    race(repository, pushListMoveRepair, releases, draw, new Map(releases.map((release) => [release, draw(20)])));
    inspect(repository, releases, draw);
  }
}

function expectWhole(repository: Repository, latest: unknown, hint: string): void {
  // Not by expect() unless it fails: 60,000 times is slow.
  const { move } = planRepair({ existing: repository, policy: racePolicy });
  if (repository.get('latest') === latest && move.length === 0) return;
  expect(repository.get('latest'), hint).toBe(latest);
  expect(move, hint).toEqual([]);
}
