/** The words after `npm run bench -- copy`. */
import { expect, test } from 'vitest';
import { parseBenchFlags } from './bench-flags.ts';
import { fullSizes, quickSizes } from './copy-case.ts';

test('without a word everybody and everything is measured in full size, and kept', () => {
  expect(parseBenchFlags([])).toEqual({
    peers: ['crane', 'regctl', 'oras', 'skopeo'],
    parts: ['cold-bulk', 'cold-small', 'repeat', 'same-registry', 'memory'],
    sizes: fullSizes,
    isWhole: true,
    isTimed: true,
  });
});

test('a quick run is neither kept nor judged by its times', () => {
  expect(parseBenchFlags(['--quick'])).toMatchObject({ sizes: quickSizes, isWhole: false, isTimed: false });
});

test('one case, one peer and a number of rounds can be asked for, which is not kept', () => {
  expect(parseBenchFlags(['--only', 'cold-bulk,memory', '--peers=crane', '--rounds', '2'])).toEqual({
    peers: ['crane'],
    parts: ['cold-bulk', 'memory'],
    sizes: { ...fullSizes, rounds: 2 },
    isWhole: false,
    isTimed: true,
  });
});

test.each([
  [['--peers', 'crane,docker'], /unknown: docker/],
  [['--only', 'warm'], /unknown: warm/],
  [['--rounds', '0'], /rounds/],
  [['--slow'], /--slow/],
  [['now'], /now/],
])('%j is refused by name', (words, message) => {
  expect(() => parseBenchFlags(words)).toThrow(message);
});
