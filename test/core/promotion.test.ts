import { expect, test } from 'vitest';
import { isEnd, mayFollow, type PromotionState, promotionEdges } from '../../core/promotion.ts';

const states = Object.keys(promotionEdges) as PromotionState[];
const legal = states.flatMap((before) => promotionEdges[before].map((after) => [before, after] as const));

test.each(legal)('%s may become %s', (before, after) => {
  expect(mayFollow(before, after)).toBe(true);
});

test('no other state follows another', () => {
  const isLegal = new Set(legal.map((edge) => edge.join(' ')));
  const illegal = states.flatMap((before) => states.map((after) => [before, after] as const));
  for (const [before, after] of illegal) {
    expect(mayFollow(before, after), `${before} -> ${after}`).toBe(isLegal.has(`${before} ${after}`));
  }
});

test('the ends are promoted, refused, failed, cancelled and superseded', () => {
  expect(states.filter(isEnd)).toEqual(['promoted', 'refused', 'failed', 'cancelled', 'superseded']);
});

test('every state can be reached from requested', () => {
  const reached = new Set<PromotionState>(['requested']);
  for (const state of reached) for (const after of promotionEdges[state]) reached.add(after);
  expect([...reached].sort()).toEqual([...states].sort());
});
