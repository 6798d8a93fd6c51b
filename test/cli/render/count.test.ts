/** Numbers of things, in words. */
import { expect, it } from 'vitest';
import { countOf } from '../../../cli/render/count.ts';

it('one thing stands alone, and none is many', () => {
  const words = [0, 1, 2].flatMap((count) => [countOf(count, 'tag'), countOf(count, 'repository', 'repositories')]);
  expect(words).toEqual(['0 tags', '0 repositories', '1 tag', '1 repository', '2 tags', '2 repositories']);
});
