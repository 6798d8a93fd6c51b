/**
 * The registry benchmark in small, with what every Debian has: Debian's own distribution. All peers that are there take
 * part in `npm run bench -- registry --quick`.
 */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeMachine } from '../bench/machine.ts';
import { measureRegistry } from '../bench/registry/measure-registry.ts';
import { partNames } from '../bench/registry/registry-flags.ts';
import type { RegistryResults } from '../bench/registry/registry-results.ts';
import { caseNames, quickSizes } from '../bench/registry/registry-row.ts';
import { renderRegistry } from '../bench/registry/render-registry.ts';
import { quickScale } from '../bench/registry/scale/scale-sizes.ts';
import { leftProcesses } from './left-processes.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

const programs = { registryProgram: 'docker-registry', toolPath: [] };
const flags = { peers: ['distribution'], parts: partNames, sizes: quickSizes, scale: quickScale } as const;

let scratch: ScratchDirectory;
let results: RegistryResults;
/** Some thirty processes, on a machine that may be slow and shared. */
const measureMsMax = 180_000;

const tmpdirBefore = process.env['TMPDIR'];

beforeAll(async () => {
  scratch = await openScratchDirectory('registry-bench-test');
  process.env['TMPDIR'] = scratch.path;
  results = await measureRegistry(programs, flags, () => undefined);
}, measureMsMax);

afterAll(async () => {
  if (tmpdirBefore === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = tmpdirBefore;
  await scratch.close();
});

test('every registry is in every row, with rate, times, CPU and memory', () => {
  const expected = caseNames.flatMap((name) => quickSizes.concurrencies.map((concurrency) => [name, concurrency]));
  expect(results.rows.map(({ name, concurrency }) => [name, concurrency])).toEqual(expected);
  for (const { standings } of results.rows) {
    expect(standings.map(({ contestant }) => contestant)).toEqual(['ours', 'distribution']);
    for (const { perSecond, p50Ms, p99Ms, cpuSecondsPerThousand, residentMiB } of standings) {
      expect([perSecond > 0, p50Ms > 0, p99Ms >= p50Ms]).toEqual([true, true, true]);
      expect([cpuSecondsPerThousand >= 0, residentMiB > 10]).toEqual([true, true]);
    }
  }
});

test('the curve has a point for each size, with everything that is measured', () => {
  const points = results.scale?.points ?? [];
  const counts = (kind: string) => points.filter((point) => point.kind === kind).map(({ count }) => count);
  expect([counts('tags'), counts('repositories')]).toEqual([quickScale.tags, quickScale.repositories]);
  for (const { kind: _, ...measured } of points) {
    expect(Object.values(measured).every((value) => value > 0)).toBe(true);
  }
});

test('version and durability of each are told, and the report has both tables', () => {
  expect(results.versions).toEqual({ distribution: expect.stringMatching(/^\d+\.\d+\.\d+/) });
  expect(Object.keys(results.durability)).toEqual(['ours', 'distribution']);
  const report = renderRegistry(results, describeMachine(new Date(0)), []);
  for (const words of ['by distribution', 'push of 1 KiB x2', 'by tags', 'by repositories']) {
    expect(report).toContain(words);
  }
});

test('a peer that is asked for and is not there ends the run by its name', async () => {
  const absent = { registryProgram: 'no-such-registry', toolPath: [] };
  await expect(measureRegistry(absent, flags, () => undefined)).rejects.toThrow(/^distribution is not on this machine/);
});

test('nothing is left: no file, no process', async () => {
  expect(await readdir(scratch.path)).toEqual([]);
  expect(leftProcesses(`${scratch.path}/`)).toEqual([]);
});
