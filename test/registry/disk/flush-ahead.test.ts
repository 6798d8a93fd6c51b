/** Flushes of a file on its way: how many, and what becomes of one that fails. */
import { expect, test } from 'vitest';
import { aheadBytesMin, openFlushAhead } from '../../../registry/disk/flush-ahead.ts';

/** A disk whose flushes end when they are told to, in the order in which they began. */
function slowDisk() {
  const begun: PromiseWithResolvers<void>[] = [];
  const flush = () => {
    const flushing = Promise.withResolvers<void>();
    begun.push(flushing);
    return flushing.promise;
  };
  return { begun, flush };
}

test('a small file is flushed once, at its end', async () => {
  const { begun, flush } = slowDisk();
  const ahead = openFlushAhead(flush);
  ahead.grow(aheadBytesMin - 1);
  expect(begun).toHaveLength(0);
  const finishing = ahead.finish();
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await finishing;
});

test('a large file is flushed on its way, by one flush at a time, for no fewer bytes than are worth it', async () => {
  const { begun, flush } = slowDisk();
  const ahead = openFlushAhead(flush);
  for (const factor of [1, 2, 3]) ahead.grow(factor * aheadBytesMin);
  expect(begun).toHaveLength(1);
  begun[0]?.resolve();
  await new Promise(setImmediate);
  ahead.grow(2 * aheadBytesMin - 1);
  expect(begun).toHaveLength(1);
  ahead.grow(2 * aheadBytesMin);
  expect(begun).toHaveLength(2);
});

test('the end waits for a flush on the way as well as for the last one', async () => {
  const { begun, flush } = slowDisk();
  const ahead = openFlushAhead(flush);
  ahead.grow(aheadBytesMin);
  let finished = false;
  const finishing = ahead.finish().then(() => {
    finished = true;
  });
  begun[1]?.resolve();
  await new Promise(setImmediate);
  expect(finished).toBe(false);
  begun[0]?.resolve();
  await finishing;
});

test.each(['under way at the end', 'over before the end'])(
  'a flush on the way that failed, %s, fails the end, though the last one goes well',
  async (when) => {
    const { begun, flush } = slowDisk();
    const ahead = openFlushAhead(flush);
    ahead.grow(aheadBytesMin);
    const lost = new Error('bytes were lost');
    if (when === 'over before the end') {
      begun[0]?.reject(lost);
      await new Promise(setImmediate);
    }
    const finishing = ahead.finish();
    begun[0]?.reject(lost);
    begun[1]?.resolve();
    await expect(finishing).rejects.toBe(lost);
  },
);
