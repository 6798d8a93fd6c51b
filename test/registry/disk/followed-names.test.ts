/** Names that are found late. */
import { expect, test } from 'vitest';
import { followedNames } from '../../../registry/disk/followed-names.ts';

test('before the search only what has changed is known', () => {
  const names = followedNames<string>();
  names.change('came', true);
  names.change('went', false);
  expect(['came', 'went', 'other'].map(names.has)).toEqual([true, false, undefined]);
  expect(names.list()).toEqual([]);
});

test('what changed before the search wins over what it found, and what changes later over both', () => {
  const names = followedNames<string>();
  names.change('came', true);
  names.change('went', false);
  names.change('came back', false);
  names.change('came back', true);
  names.begin(new Set(['went', 'stayed']));
  expect(names.list()).toEqual(['came', 'came back', 'stayed']);
  expect(['came', 'went', 'other'].map(names.has)).toEqual([true, false, false]);
  names.change('stayed', false);
  names.change('again', true);
  expect(names.list()).toEqual(['again', 'came', 'came back']);
});

test('a list that was handed out stays as it was', () => {
  const names = followedNames<string>();
  names.begin(new Set(['a']));
  const before = names.list();
  names.change('b', true);
  expect([before, names.list()]).toEqual([['a'], ['a', 'b']]);
});
