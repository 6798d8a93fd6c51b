import { expect, test } from 'vitest';
import { isEnd, type PromotionState, promotionEdges } from '../../core/promotion.ts';

const states = Object.keys(promotionEdges) as PromotionState[];

test('the ends are promoted, refused, failed, cancelled and superseded', () => {
  expect(states.filter(isEnd)).toEqual(['promoted', 'refused', 'failed', 'cancelled', 'superseded']);
});

test('every state can be reached from requested', () => {
  const reached = new Set<PromotionState>(['requested']);
  for (const state of reached) for (const after of promotionEdges[state]) reached.add(after);
  expect([...reached].sort()).toEqual([...states].sort());
});

test('a tag moves only after a proof: moving and promoted tell of nothing that was not proved', () => {
  const before = (state: PromotionState) => states.filter((each) => promotionEdges[each].includes(state));
  expect(before('moving')).toEqual(['proving']);
  expect(before('promoted')).not.toContain('requested');
});
