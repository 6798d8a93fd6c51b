/**
 * The copy benchmark in small, with what every Debian has: one peer and Debian's registry. All peers take part in
 * `npm run bench -- copy --quick`.
 */
import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { partNames } from '../bench/copy/bench-flags.ts';
import type { ContestantName } from '../bench/copy/contestant.ts';
import { type CaseName, caseNames, latenciesMs, quickSizes } from '../bench/copy/copy-case.ts';
import type { CopyResults } from '../bench/copy/copy-results.ts';
import { explainMisses } from '../bench/copy/explain-misses.ts';
import { missedAims } from '../bench/copy/judge-copy.ts';
import { measureCopy } from '../bench/copy/measure-copy.ts';
import { renderCopy } from '../bench/copy/render-copy.ts';
import { describeMachine } from '../bench/machine.ts';
import { leftProcesses } from './left-processes.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';

const contest = { peers: ['skopeo'], registryProgram: 'docker-registry', toolPath: [] } as const;
let scratch: ScratchDirectory;
let results: CopyResults;
/** Some 30 runs of programs, on a machine that may be slow and shared. */
const measureMsMax = 300_000;

const tmpdirBefore = process.env['TMPDIR'];

beforeAll(async () => {
  scratch = await openScratchDirectory('copy-bench-test');
  process.env['TMPDIR'] = scratch.path;
  results = await measureCopy(contest, { parts: partNames, sizes: quickSizes }, () => undefined);
}, measureMsMax);

afterAll(async () => {
  if (tmpdirBefore === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = tmpdirBefore;
  await scratch.close();
});

function standing(name: CaseName, latencyMs: number, contestant: ContestantName) {
  const found = results.cases
    .find((result) => result.name === name && result.latencyMs === latencyMs)
    ?.standings.find((one) => one.contestant === contestant);
  if (found === undefined) throw new Error(`${contestant} did not run: ${name} at ${latencyMs} ms`);
  return found;
}

test('every contestant ran in every case, and time, memory and requests of each are known', () => {
  expect(results.cases).toHaveLength(caseNames.length * latenciesMs.length);
  for (const name of caseNames) {
    for (const latencyMs of latenciesMs) {
      for (const contestant of ['skopeo', 'command', 'engine'] as const) {
        const { wallMs, cpuMs, peakMiB, requests } = standing(name, latencyMs, contestant);
        expect(wallMs).toMatchObject({ count: 1, p50: expect.any(Number) });
        expect([wallMs.p50 > 0, cpuMs.p50 >= 0, peakMiB.p50 > 1, requests.p50 > 0]).toEqual([true, true, true, true]);
      }
    }
  }
});

test('the versions that ran and the file system of the registries are known', () => {
  expect(results.versions).toMatchObject({ skopeo: expect.any(String), distribution: expect.any(String) });
  expect(results.storage).toMatch(/^(ext4|tmpfs|xfs|btrfs|overlay|0x[0-9a-f]+)$/);
});

test('what is not there is read once at the source and written once at the target, whoever copies', () => {
  const { layers, platforms } = quickSizes.small;
  const blobs = platforms * (layers + 1);
  for (const contestant of ['skopeo', 'command', 'engine'] as const) {
    const { kinds } = standing('cold-small', 40, contestant);
    expect(kinds.source).toMatchObject({ 'GET blob': blobs });
    expect(kinds.target).toMatchObject({ 'PUT blob': blobs });
  }
});

test('a repeat of ours moves no blob, and neither does a copy within a registry', () => {
  for (const contestant of ['command', 'engine'] as const) {
    for (const name of ['repeat', 'same-registry'] as const) {
      const { source, target } = standing(name, 40, contestant).kinds;
      const moving = ['GET blob', 'PUT blob', 'PATCH blob'].filter((kind) => source[kind] ?? target[kind]);
      expect(moving).toEqual([]);
    }
  }
});

test('the report names every contestant and says first what was missed', () => {
  const misses = [{ words: 'the moon: engine 2, crane 1' }];
  const report = renderCopy(results, describeMachine(new Date(0)), misses);
  expect(report.split('\n')[0]).toBe('missed: the moon: engine 2, crane 1');
  for (const label of ['skopeo', 'registry-action copy', 'its engine alone']) expect(report).toContain(label);
  expect(missedAims(results, { withTimes: false }).every(({ words }) => words.includes('requests'))).toBe(true);
});

test('more is told of a miss: whose time went where, which requests were made, what was in memory', async () => {
  const [profileOfCommand, profileOfEngine, requests, memory] = await explainMisses(contest, quickSizes, [
    { words: '', evidence: { kind: 'profile', contestant: 'command', name: 'cold-small', latencyMs: 0 } },
    { words: '', evidence: { kind: 'profile', contestant: 'engine', name: 'cold-small', latencyMs: 0 } },
    { words: '', evidence: { kind: 'requests', contestant: 'command', name: 'repeat' } },
    { words: '', evidence: { kind: 'memory' } },
    { words: 'the same once more', evidence: { kind: 'memory' } },
  ]);
  for (const profile of [profileOfCommand, profileOfEngine]) expect(profile?.rows.length).toBeGreaterThan(5);
  expect(requests?.rows.slice(1)).toEqual([
    ['source', expect.stringMatching(/^GET \/v2\/released\/small\/manifests\/\w+$/)],
    ['target', expect.stringMatching(/^HEAD \/v2\/copied\/small\/manifests\/\w+$/)],
  ]);
  expect(memory?.rows).toContainEqual(['heapUsed', expect.stringMatching(/^[\d.]+ MiB$/)]);
});

test('nothing is left: no file, no process', async () => {
  expect(await readdir(scratch.path)).toEqual([]);
  expect(leftProcesses(`${scratch.path}/`)).toEqual([]);
});
