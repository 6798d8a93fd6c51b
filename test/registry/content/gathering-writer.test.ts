/** Chunks that wait for the disk together. */
import { expect, test } from 'vitest';
import { gatheringWriter } from '../../../registry/content/gathering-writer.ts';

/** A disk that takes what it is given when it is told to. */
function heldDisk() {
  const writes: string[] = [];
  let release: ((failure?: Error) => void) | undefined;
  const add = (chunks: readonly Uint8Array[]) =>
    new Promise<void>((resolve, reject) => {
      writes.push(Buffer.concat(chunks).toString());
      release = (failure) => (failure === undefined ? resolve() : reject(failure));
    });
  return {
    writes,
    add,
    /** Lets the write that is under way come to its end, and what follows begin. */
    async letGo(failure?: Error) {
      release?.(failure);
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('the first chunk is written at once, and those that come meanwhile together behind it', async () => {
  const disk = heldDisk();
  const writer = gatheringWriter(disk.add);
  for (const text of ['a', 'b', 'c']) await writer.write(Buffer.from(text));
  expect(disk.writes).toEqual(['a']);
  await disk.letGo();
  expect(disk.writes).toEqual(['a', 'bc']);
  const flushed = writer.flush();
  await disk.letGo();
  await flushed;
  await writer.write(Buffer.from('d'));
  expect(disk.writes).toEqual(['a', 'bc', 'd']);
});

test('whoever brings more than the disk takes waits for it', async () => {
  const disk = heldDisk();
  const writer = gatheringWriter(disk.add);
  const mib = Buffer.alloc(1024 * 1024);
  await writer.write(mib);
  await writer.write(mib);
  let accepted = false;
  const waiting = writer.write(mib).then(() => {
    accepted = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(accepted).toBe(false);
  await disk.letGo();
  await disk.letGo();
  await waiting;
  expect(accepted).toBe(true);
});

test('a failure is told to the next who asks, and nothing more is written', async () => {
  const disk = heldDisk();
  const writer = gatheringWriter(disk.add);
  await writer.write(Buffer.from('a'));
  await writer.write(Buffer.from('b'));
  await disk.letGo(new Error('full'));
  await expect(writer.write(Buffer.from('c'))).rejects.toThrow('full');
  await expect(writer.flush()).rejects.toThrow('full');
  expect(disk.writes).toEqual(['a']);
});
