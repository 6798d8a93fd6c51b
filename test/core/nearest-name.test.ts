/** Suggestions for mistyped names. */
import { expect, test } from 'vitest';
import { nearestName } from '../../core/nearest-name.ts';

const cases: readonly (readonly [text: string, candidates: readonly string[], nearest: string | undefined])[] = [
  ['stagin', ['dev', 'staging', 'production'], 'staging'],
  ['prodcution', ['dev', 'staging', 'production'], 'production'],
  ['form', ['from', 'tier'], 'from'],
  ['FROM', ['from'], 'from'],
  ['qa', ['dev', 'staging'], undefined],
  ['x', ['y'], undefined],
  ['', ['a'], undefined],
  ['web', [], undefined],
  ['teir', ['tier', 'their'], 'tier'],
  ['a'.repeat(500), ['a'.repeat(501)], undefined],
];

test.each(cases)('%s among %j is nearest to %s', (text, candidates, nearest) => {
  expect(nearestName(text, candidates)).toBe(nearest);
});
