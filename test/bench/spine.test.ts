/** The benchmark's verdict: what it promises, and that a broken promise is told. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { RequestCount } from './count-requests.ts';
import { brokenPromises, type Spine } from './spine.ts';
import { spreadOf } from './spread.ts';

const kept: Spine = JSON.parse(readFileSync(new URL('./results/spine.json', import.meta.url), 'utf8'));

function withCount(change: Partial<RequestCount>): Spine {
  const { embedded, distribution } = kept.registries;
  const requests = embedded.requests.map((count) => (count.scenario === 'rollback' ? { ...count, ...change } : count));
  return { registries: { embedded: { ...embedded, requests }, distribution } };
}

test('the results in the repository break no promise', () => {
  expect(brokenPromises(kept)).toEqual([]);
});

test('a rollback of seven requests breaks the promise of six', () => {
  expect(brokenPromises(withCount({ untilVisible: 7 }))).toEqual([
    'embedded: rollback: 7 requests until the tag is visible, promised 6',
  ]);
});

test('a rollback that moves a blob breaks the promise to move none', () => {
  expect(brokenPromises(withCount({ movingBlobs: 1 }))).toEqual([
    'embedded: rollback: 1 requests move a blob, promised none',
  ]);
});

test('a spread is the middle and the nearly worst of the times', () => {
  const times = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(spreadOf(times)).toEqual({ count: 100, p50: 50, p95: 95 });
});
