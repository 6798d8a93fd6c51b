/** What the numbers of the registry benchmark are judged by. */
import { expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import type { ContestantName } from './contestant.ts';
import { missedAims } from './judge-registry.ts';
import { type RegistryResults, summariseWindows, type WindowRecord } from './registry-results.ts';
import { fullSizes } from './registry-row.ts';
import { renderRegistry } from './render-registry.ts';
import type { ScalePoint } from './scale/scale-results.ts';

function windowOf(contestant: ContestantName, round: number, perSecond: number): WindowRecord {
  return {
    row: { name: 'push-small', concurrency: 8 },
    ...{ round, contestant, count: perSecond, elapsedMs: 1_000, p50Ms: 1, p99Ms: 2 },
    ...{ cpuMs: perSecond * 2, residentMiB: 100, loadCpuMs: 100 },
  };
}

function resultsOf(windows: readonly WindowRecord[], points: readonly ScalePoint[] = []): RegistryResults {
  return {
    ...{ versions: { distribution: '3.1.1' }, storage: 'ext4', durability: {}, absent: [], sizes: fullSizes },
    rows: summariseWindows(windows),
    scale: { points },
  };
}

function pointOf(count: number, change: Partial<ScalePoint>): ScalePoint {
  return {
    ...{ kind: 'tags', count, startMs: 300, startMiB: 80, residentMiB: 90 },
    ...{ pushMs: 2, firstEverMs: 1, firstPageMs: 1, middlePageMs: 1 },
    ...change,
  };
}

const machine: Machine = {
  ...{ date: '2026-01-01T00:00:00.000Z', node: '24', system: 'linux', cores: 2, processor: 'one' },
  ...{ memoryGiB: 8, loadBefore: 0 },
};

test('a row is the median of its rounds, and its ratio that of the rounds’ ratios', () => {
  const ours = [100, 200, 400].map((rate, round) => windowOf('ours', round, rate));
  const theirs = [50, 400, 100].map((rate, round) => windowOf('distribution', round, rate));
  const [row] = summariseWindows([...ours, ...theirs]);
  expect(row?.standings).toMatchObject([
    { contestant: 'ours', perSecond: 200, oursByTheirs: 1, cpuSecondsPerThousand: 2, loadShare: 0.1 },
    { contestant: 'distribution', perSecond: 100, oursByTheirs: 2 },
  ]);
});

test('who answers more requests a second than we is a miss, distribution before zot', () => {
  const windows = [windowOf('zot', 0, 120), windowOf('ours', 0, 100), windowOf('distribution', 0, 101)];
  expect(missedAims(resultsOf(windows))).toEqual([
    'push of 1 KiB x8: ours 100, distribution 101 a second: 0.99 of it, aimed at 1',
    'push of 1 KiB x8: ours 100, zot, commit false 120 a second: 0.83 of it, aimed at 1',
  ]);
  expect(missedAims(resultsOf([windowOf('ours', 0, 100), windowOf('distribution', 0, 100)]))).toEqual([]);
});

test('a peer that was not there is a miss', () => {
  const results = { ...resultsOf([windowOf('ours', 0, 1)]), absent: ['zot'] };
  expect(missedAims(results)).toEqual(['not compared with zot: it is not on this machine']);
});

test('what takes more than three times as long, or much more memory, for a hundred times as much is a miss', () => {
  const flat = [pointOf(1_000, {}), pointOf(100_000, { startMs: 600, firstEverMs: 90, firstPageMs: 2.9 })];
  expect(missedAims(resultsOf([], flat))).toEqual([]);
  const grown = [pointOf(1_000, {}), pointOf(100_000, { startMs: 910, pushMs: 7, residentMiB: 200 })];
  expect(missedAims(resultsOf([], grown))).toEqual([
    'start, 1000 to 100000 tags: 300 to 910 ms: 3.03 times, aimed at 3',
    'push of a tag, 1000 to 100000 tags: 2 to 7 ms: 3.5 times, aimed at 3',
    'resident after all, 1000 to 100000 tags: 90 to 200 MiB: 110 more, aimed at 64',
  ]);
});

test('the report says first what was missed, and of each row how ours compares', () => {
  const results = resultsOf([windowOf('ours', 0, 100), windowOf('zot', 0, 80)], [pointOf(10, {})]);
  const report = renderRegistry(results, machine, ['the moon']);
  expect(report.split('\n')[0]).toBe('missed: the moon');
  expect(report).toMatch(/push of 1 KiB x8 +100 +1\.25x/);
  expect(report).toMatch(/push of a tag +2 ms/);
  expect(renderRegistry(results, machine, []).split('\n')[0]).toBe('every aim was reached');
});
