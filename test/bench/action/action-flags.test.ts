/** The words after `npm run bench -- action`. */
import { expect, test } from 'vitest';
import { parseActionFlags } from './action-flags.ts';
import { fullSizes, quickSizes } from './action-sizes.ts';

test('without a word everything is measured in full size, and kept', () => {
  expect(parseActionFlags([])).toEqual({
    parts: ['start', 'release', 'overhead'],
    sizes: fullSizes,
    isWhole: true,
    isTimed: true,
  });
});

test('a quick run is neither kept nor judged by its times', () => {
  expect(parseActionFlags(['--quick'])).toMatchObject({ sizes: quickSizes, isWhole: false, isTimed: false });
});

test('some parts and a number of rounds can be asked for, which is not kept', () => {
  expect(parseActionFlags(['--only', 'start,overhead', '--rounds=2'])).toEqual({
    parts: ['start', 'overhead'],
    sizes: { ...fullSizes, rounds: 2 },
    isWhole: false,
    isTimed: true,
  });
});

test.each([[['--only', 'push']], [['--rounds', '0']], [['--fast']]])('%j is refused', (words) => {
  expect(() => parseActionFlags(words)).toThrow();
});
