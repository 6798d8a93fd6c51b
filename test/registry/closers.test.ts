/** What is closed, in which order, and what comes of a failure. */
import { expect, test } from 'vitest';
import { openClosers } from '../../registry/closers.ts';

test('the last is closed first, each once, and all of them though some fail', async () => {
  const closers = openClosers();
  const closed: string[] = [];
  const add = (name: string, failure?: Error) =>
    closers.add(async () => {
      closed.push(name);
      if (failure !== undefined) throw failure;
    });
  add('first');
  add('second', new Error('the disk is full'));
  add('third', new Error('nobody is there'));
  await expect(closers.close()).rejects.toThrow('nobody is there');
  await closers.close();
  expect(closed).toEqual(['third', 'second', 'first']);
});
