/** The words after `npm run bench -- registry`. */
import { expect, test } from 'vitest';
import { parseRegistryFlags, partNames } from './registry-flags.ts';
import { fullSizes, quickSizes } from './registry-row.ts';
import { fullScale, quickScale } from './scale/scale-sizes.ts';

test('without a word everybody who is here and everything is measured in full size, and kept', () => {
  expect(parseRegistryFlags([])).toEqual({
    peers: undefined,
    parts: partNames,
    sizes: fullSizes,
    scale: fullScale,
    isWhole: true,
    isTimed: true,
  });
});

test('a quick run is neither kept nor judged by its rates', () => {
  const quick = { sizes: quickSizes, scale: quickScale, isWhole: false, isTimed: false };
  expect(parseRegistryFlags(['--quick'])).toMatchObject(quick);
});

test('parts, peers and a number of rounds can be asked for, which is not kept', () => {
  expect(parseRegistryFlags(['--only', 'push-small,scale', '--peers=zot-commit', '--rounds', '2'])).toEqual({
    peers: ['zot-commit'],
    parts: ['push-small', 'scale'],
    sizes: { ...fullSizes, rounds: 2 },
    scale: fullScale,
    isWhole: false,
    isTimed: true,
  });
  expect(parseRegistryFlags(['--peers', 'none']).peers).toEqual([]);
});

test.each([
  [['--peers', 'zot,harbor'], /unknown: harbor/],
  [['--only', 'push'], /unknown: push/],
  [['--rounds', '0'], /rounds/],
  [['--slow'], /--slow/],
  [['now'], /now/],
])('%j is refused by name', (words, message) => {
  expect(() => parseRegistryFlags(words)).toThrow(message);
});
