/** Runs summed up to what is kept. */
import { expect, test } from 'vitest';
import { type RunRecord, summariseRuns } from './copy-results.ts';

function run(contestant: RunRecord['contestant'], latencyMs: number, wallMs: number): RunRecord {
  return { name: 'repeat', latencyMs, contestant, cost: { wallMs, cpuMs: wallMs / 10, peakMiB: 20 }, counts: [] };
}

function countOf(requests: Readonly<Record<string, number>>, connections: number) {
  return { requests, lines: [], connections, sentBytes: 0, receivedBytes: 0 };
}

test('runs are put together by case, latency and contestant, each with its median and its worst', () => {
  const times = [30, 10, 20].flatMap((wallMs) => [run('crane', 0, wallMs), run('engine', 0, 2 * wallMs)]);
  const cases = summariseRuns([...times, run('crane', 40, 99)]);
  expect(cases.map(({ name, latencyMs }) => [name, latencyMs])).toEqual([
    ['repeat', 0],
    ['repeat', 40],
  ]);
  expect(cases[0]?.standings.map(({ contestant, wallMs, cpuMs }) => ({ contestant, wallMs, cpuMs }))).toEqual([
    { contestant: 'crane', wallMs: { count: 3, p50: 20, p95: 30 }, cpuMs: { count: 3, p50: 2, p95: 3 } },
    { contestant: 'engine', wallMs: { count: 3, p50: 40, p95: 60 }, cpuMs: { count: 3, p50: 4, p95: 6 } },
  ]);
});

test('requests are those of the runs that were counted, by side', () => {
  const counted = { ...run('crane', 0, 5), counts: [countOf({ ping: 1 }, 1), countOf({ ping: 1, 'PUT blob': 2 }, 3)] };
  const [result] = summariseRuns([counted, run('crane', 0, 5)]);
  expect(result?.standings).toMatchObject([
    {
      requests: { count: 1, p50: 4, p95: 4 },
      kinds: { source: { ping: 1 }, target: { ping: 1, 'PUT blob': 2 } },
      connections: 4,
    },
  ]);
});
