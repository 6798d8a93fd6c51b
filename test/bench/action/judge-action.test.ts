/** What the benchmark of the Action calls a miss, and that the report says it first. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { describeMachine, type Machine } from '../machine.ts';
import type { ActionResults } from './action-results.ts';
import { missedAims } from './judge-action.ts';
import { renderAction } from './render-action.ts';
import { always, sampleResults } from './sample-results.ts';

const misses = (changes: Partial<ActionResults>, withTimes = true) =>
  missedAims({ ...sampleResults, ...changes }, { withTimes });

test('results that reach every aim miss none', () => {
  expect(misses({})).toEqual([]);
});

test('a start of more than half a second is a miss, by whichever door', () => {
  const starts = [{ door: 'command', builder: 'docker', untilBuildMs: always(501) } as const];
  expect(misses({ starts })).toEqual(['command: 501 ms until docker is started, aimed at 500']);
});

test('a bundle of more than 1.2 MB is a miss, even where times mean nothing', () => {
  const bundle = { 'index.cjs': 1_200_001, 'github.cjs': 9_000_000 };
  expect(misses({ bundle }, false)).toEqual(['index.cjs has 1200001 bytes, aimed at 1200000']);
  expect(misses({ bundle: {} }, false)).toHaveLength(1);
});

test('a twentieth more than the build alone is a miss, which says what of it is the builder’s own', () => {
  const overheads = sampleResults.overheads.map((one) => (one.builder === 'docker' ? { ...one, ratio: 1.05 } : one));
  expect(misses({ overheads })).toEqual([
    'a release takes 1.05 times as long as docker alone, aimed below 1.05; ' +
      'docker itself builds 11050 ms in it, alone 11000 ms',
  ]);
});

test('a push that is not below that of its builder is a miss', () => {
  const releases = sampleResults.releases.map((one) =>
    one.contestant === 'ours-buildah' ? { ...one, pushMs: always(2500) } : one,
  );
  expect(misses({ releases })).toEqual(['push: ours behind buildah 2500 ms, its own four 2500 ms, aimed below']);
});

test('times of a quick run are not judged', () => {
  const starts = [{ door: 'bundle', builder: 'docker', untilBuildMs: always(9000) } as const];
  expect(misses({ starts }, false)).toEqual([]);
});

test('the report says first what was missed, and names every contestant', () => {
  const report = renderAction(sampleResults, describeMachine(new Date(0)), ['the moon: 2 ms, aimed at 1']);
  expect(report.split('\n')[0]).toBe('missed: the moon: 2 ms, aimed at 1');
  expect(renderAction(sampleResults, describeMachine(new Date(0)), []).split('\n')[0]).toBe('every aim was reached');
  for (const label of ['docker push x 4', 'buildah push x 4', 'with docker', 'with buildah', 'with neither']) {
    expect(report).toContain(label);
  }
});

/** The results in the repository, once a whole run has left some. */
const kept = new URL('../results/action.json', import.meta.url);

test('results that are kept say themselves what they missed', () => {
  const results: ActionResults & { readonly machine: Machine; readonly missed: readonly string[] } = existsSync(kept)
    ? JSON.parse(readFileSync(kept, 'utf8'))
    : { ...sampleResults, machine: describeMachine(new Date(0)), missed: [] };
  expect(results.missed).toEqual(missedAims(results, { withTimes: true }));
  expect(results.releases.map(({ wallMs }) => wallMs.count)).toEqual(Array(5).fill(results.sizes.rounds));
});
