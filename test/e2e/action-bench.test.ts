/** The benchmark of the Action in small: docker, buildah and the bundle, on Debian's registry. */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleDirectory } from '../action/bundle-under-test.ts';
import { partNames } from '../bench/action/action-flags.ts';
import { type ActionResults, contestantNames } from '../bench/action/action-results.ts';
import { quickSizes } from '../bench/action/action-sizes.ts';
import { measureAction } from '../bench/action/measure-action.ts';
import { renderAction } from '../bench/action/render-action.ts';
import { describeMachine } from '../bench/machine.ts';
import { leftProcesses } from './left-processes.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

let scratch: ScratchDirectory;
let results: ActionResults;
/** Some 20 runs of programs, of which docker's take long, on a machine that may be slow and shared. */
const measureMsMax = 300_000;

const tmpdirBefore = process.env['TMPDIR'];

beforeAll(async () => {
  // One that is made for this lies where it was made until this process ends.
  await bundleDirectory();
  scratch = await openScratchDirectory('action-bench-test');
  process.env['TMPDIR'] = scratch.path;
  results = await measureAction({ parts: partNames, sizes: quickSizes }, () => undefined);
}, measureMsMax);

afterAll(async () => {
  if (tmpdirBefore === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = tmpdirBefore;
  await scratch.close();
});

test('every contestant released four tags of one image, timed once and counted once', () => {
  expect(results.releases.map(({ contestant }) => contestant)).toEqual(contestantNames);
  for (const { wallMs, requests, sentBytes } of results.releases) {
    expect(wallMs).toMatchObject({ count: 1, p50: expect.any(Number) });
    expect(requests['PUT manifest']).toBeGreaterThanOrEqual(4);
    expect(sentBytes).toBeGreaterThan(quickSizes.layers * quickSizes.layerBytes);
  }
});

test('what a builder took of a release is known, and nobody built where there is none', () => {
  for (const { contestant, buildMs, wallMs } of results.releases) {
    expect([contestant, buildMs.p50 > 0]).toEqual([contestant, contestant !== 'ours-none']);
    expect(buildMs.p50).toBeLessThan(wallMs.p50);
  }
});

test('each door was timed until each builder, and each builder beside us', () => {
  expect(results.starts.map(({ door, builder }) => `${door} ${builder}`)).toEqual([
    ...['bundle docker', 'bundle buildah', 'command docker', 'command buildah'],
  ]);
  for (const { untilBuildMs } of results.starts) expect(untilBuildMs.p50).toBeGreaterThan(0);
  expect(results.overheads.map(({ builder }) => builder)).toEqual(['docker', 'buildah']);
  for (const { ratio, oursBuildMs } of results.overheads) {
    expect(ratio).toBeGreaterThan(0);
    expect(oursBuildMs.p50).toBeGreaterThan(quickSizes.buildSeconds * 1000);
  }
});

test('the report can be made of it', () => {
  expect(renderAction(results, describeMachine(new Date(0)), [])).toContain('index.cjs');
});

test('nothing is left: no file, no process', async () => {
  expect(await readdir(scratch.path)).toEqual([]);
  expect(leftProcesses(`${scratch.path}/`)).toEqual([]);
});
