import { describe, expect, it } from 'vitest';
import { openAdaptiveLimit } from '../../../../oci/client/wire/adaptive-limit.ts';

const range = { start: 4, floor: 2, ceiling: 6 };

/** The limit after so many outcomes of one kind, each of what began after the one before. */
function after(outcomes: readonly ('well' | 'overloaded' | 'neither')[]): number {
  const limit = openAdaptiveLimit(range);
  for (const outcome of outcomes) limit.learn(outcome, limit.epoch());
  return limit.value();
}

const well = (times: number) => Array.from({ length: times }, () => 'well' as const);

describe('a limit', () => {
  it.each([
    ['begins at its start', [], 4],
    ['stays when fewer went well than it allows at once', well(3), 4],
    ['grows by one when as many did', well(4), 5],
    ['grows by one again when as many did as it allows now', well(4 + 5), 6],
    ['does not grow beyond its ceiling', well(100), 6],
    ['is halved by an overload', ['overloaded' as const], 2],
    ['is not halved below its floor', ['overloaded' as const, 'overloaded' as const], 2],
    ['counts anew after an overload', [...well(3), 'overloaded' as const, ...well(1)], 2],
    ['grows back from its floor', ['overloaded' as const, ...well(2 + 3)], 4],
    ['heeds nothing else', [...well(3), 'neither' as const], 4],
  ])('%s', (_, outcomes, expected) => {
    expect(after(outcomes)).toBe(expected);
  });

  it('is halved once by all that were under way at the same time', () => {
    const limit = openAdaptiveLimit({ start: 16, floor: 1, ceiling: 16 });
    const epochs = Array.from({ length: 10 }, () => limit.epoch());
    for (const epoch of epochs) limit.learn('overloaded', epoch);
    expect(limit.value()).toBe(8);
    limit.learn('overloaded', limit.epoch());
    expect(limit.value()).toBe(4);
  });
});
