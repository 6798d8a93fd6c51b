/** The verdict of the copy benchmark, over made-up numbers that just reach every aim, and over such that do not. */
import { expect, test } from 'vitest';
import { roundTo } from '../spread.ts';
import { type ContestantName, ourNames, peerNames } from './contestant.ts';
import { type CaseName, caseNames, latenciesMs } from './copy-case.ts';
import type { CaseResult, MemoryResult } from './copy-results.ts';
import { missedAims } from './judge-copy.ts';

const once = (value: number) => ({ count: 1, p50: value, p95: value });

/** What ours take at most, of the 600 ms that every peer takes. */
const reachedMs: Readonly<Record<string, number>> = { 'cold-bulk 0': 690, 'cold-small 40': 200, 'repeat 40': 300 };

interface Numbers {
  readonly wallMs: number;
  readonly requests: number;
}

interface Change extends Partial<Numbers> {
  readonly at: `${CaseName} ${number}`;
  readonly of: ContestantName;
}

function casesWith(change?: Change): readonly CaseResult[] {
  return caseNames.flatMap((name) =>
    latenciesMs.map((latencyMs) => ({
      name,
      latencyMs,
      standings: [...peerNames, ...ourNames].map((contestant) => {
        const isPeer = peerNames.some((peer) => peer === contestant);
        const usual = { wallMs: isPeer ? 600 : (reachedMs[`${name} ${latencyMs}`] ?? 9000), requests: 10 };
        const changed = change?.at === `${name} ${latencyMs}` && change.of === contestant ? change : {};
        const { wallMs, requests } = { ...usual, ...changed };
        return {
          contestant,
          wallMs: once(wallMs),
          cpuMs: once(1),
          peakMiB: once(1),
          requests: once(requests),
          kinds: { source: {}, target: {} },
          connections: 1,
        };
      }),
    })),
  );
}

function memoryOf(growthMiB: number): MemoryResult {
  return { usualLayerBytes: 1, largeLayerBytes: 2, usualPeakMiB: once(100), largePeakMiB: once(100 + growthMiB) };
}

function expectMissed(change: Change, words: string): void {
  const misses = missedAims({ cases: casesWith(change), memory: memoryOf(0) }, { withTimes: true });
  expect(misses.map((miss) => miss.words)).toEqual([words]);
}

test('what just reaches every aim misses none', () => {
  expect(missedAims({ cases: casesWith(), memory: memoryOf(30) }, { withTimes: true })).toEqual([]);
});

test('large blobs are held against crane alone, with 15 % of slack', () => {
  expectMissed(
    { at: 'cold-bulk 0', of: 'engine', wallMs: 691 },
    `cold, few large blobs, +0 ms: engine 691 ms, crane 600 ms: lead ${roundTo(600 / 691, 2)}, aimed at 0.87`,
  );
  const faster = casesWith({ at: 'cold-bulk 0', of: 'oras', wallMs: 1 });
  expect(missedAims({ cases: faster, memory: memoryOf(0) }, { withTimes: true })).toEqual([]);
});

test('many small blobs at 40 ms are to be copied three times as fast as by the best peer', () => {
  expectMissed(
    { at: 'cold-small 40', of: 'command', wallMs: 240 },
    'cold, many small blobs, +40 ms: command 240 ms, crane 600 ms: lead 2.5, aimed at 3',
  );
});

test('a repeat at 40 ms is to take half of what the best peer takes', () => {
  expectMissed(
    { at: 'repeat 40', of: 'engine', wallMs: 400 },
    'repeat, nothing to do, +40 ms: engine 400 ms, crane 600 ms: lead 1.5, aimed at 2',
  );
});

test('one request more than any peer is told, in whatever case and at whatever latency', () => {
  expectMissed(
    { at: 'same-registry 0', of: 'command', requests: 11 },
    'same registry, other repository: command 11 requests, crane 10: aimed at no more than any',
  );
});

test.each([
  ['time wants a profile of whoever missed it', { of: 'command', wallMs: 900 }, { kind: 'profile', latencyMs: 40 }],
  ['requests wants them listed', { of: 'engine', requests: 11 }, { kind: 'requests' }],
] as const)('a miss in %s', (_, { of, ...numbers }, evidence) => {
  const cases = casesWith({ at: 'repeat 40', of, ...numbers });
  const [miss] = missedAims({ cases, memory: memoryOf(0) }, { withTimes: true });
  expect(miss?.evidence).toEqual({ ...evidence, contestant: of, name: 'repeat' });
});

test('a miss in memory wants to know what was in it', () => {
  const [miss] = missedAims({ cases: casesWith(), memory: memoryOf(31) }, { withTimes: true });
  expect(miss?.evidence).toEqual({ kind: 'memory' });
});

test('a large layer may cost 30 MiB more, and no more', () => {
  const misses = missedAims({ cases: casesWith(), memory: memoryOf(30.5) }, { withTimes: true });
  expect(misses.map(({ words }) => words)).toEqual(['memory: a large layer costs 30.5 MiB more, aimed at 30']);
});

test('a quick run is judged by its requests alone', () => {
  const slow = casesWith({ at: 'repeat 40', of: 'engine', wallMs: 9000, requests: 11 });
  const misses = missedAims({ cases: slow, memory: memoryOf(99) }, { withTimes: false });
  expect(misses.map(({ words }) => words)).toEqual([
    'repeat, nothing to do: engine 11 requests, crane 10: aimed at no more than any',
  ]);
});
