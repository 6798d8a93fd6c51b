/** One reading of a blob for several targets. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openSharedRead } from '../../../oci/copy/shared-read.ts';
import type { ByteStream } from '../../../oci/copy/target.ts';
import { bytesOf, readAll } from '../content.ts';
import { lentChunks } from '../lent-chunks.ts';

const text = 'some bytes, in chunks';

/** A source that counts how often it is opened. */
function countedSource(chunks: readonly string[] = [...text]) {
  const source = {
    opened: 0,
    async open(): Promise<ByteStream> {
      source.opened += 1;
      return (async function* () {
        for (const chunk of chunks) yield bytesOf(chunk);
      })();
    },
  };
  return source;
}

async function textOf(stream: ByteStream): Promise<string> {
  return new TextDecoder().decode(await readAll(stream));
}

describe('a shared reading', () => {
  it('gives every share all bytes in order, and opens the source once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.string({ minLength: 1 }), { maxLength: 20 }),
        async (count, chunks) => {
          const source = countedSource(chunks);
          const shares = openSharedRead(source.open, count);
          const read = await Promise.all(shares.map(async ({ open }) => textOf(await open())));
          expect(read).toEqual(Array.from({ length: count }, () => chunks.join('')));
          expect(source.opened).toBe(1);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('gives every share chunks of its own, whatever becomes of those of the source', async () => {
    const content = bytesOf('x'.repeat(5_000_000));
    const shares = openSharedRead(async () => lentChunks(content, 70_000), 3);
    const read = await Promise.all(shares.map(async ({ open }) => readAll(await open())));
    expect(read.map((bytes) => Buffer.compare(bytes, content))).toEqual([0, 0, 0]);
  });

  it('opens no source when nobody needs bytes', () => {
    const source = countedSource();
    for (const share of openSharedRead(source.open, 3)) share.settle();
    expect(source.opened).toBe(0);
  });

  it('waits for no share that needs no bytes', async () => {
    const source = countedSource();
    const [one, other] = openSharedRead(source.open, 2);
    const reading = one?.open();
    other?.settle();
    expect(await textOf((await reading) ?? emptyStream())).toBe(text);
  });

  it('reads anew for a share that asks a second time', async () => {
    const source = countedSource();
    const shares = openSharedRead(source.open, 2);
    await Promise.all(shares.map(async ({ open }) => textOf(await open())));
    expect(await textOf((await shares[0]?.open()) ?? emptyStream())).toBe(text);
    expect(source.opened).toBe(2);
  });

  it('goes on for the others when one share ends early', async () => {
    const source = countedSource(Array.from({ length: 300 }, () => 'x'.repeat(64 * 1024)));
    const [one, other] = openSharedRead(source.open, 2);
    const both = Promise.all([one?.open(), other?.open()]);
    const [short, long] = await both;
    const reading = readAll(long ?? emptyStream());
    for await (const _ of short ?? emptyStream()) break;
    expect((await reading).length).toBe(300 * 64 * 1024);
    expect(source.opened).toBe(1);
  });

  it('fails every share with what the source failed with', async () => {
    const shares = openSharedRead(async () => {
      throw new Error('source is gone');
    }, 2);
    for (const reading of shares.map(async ({ open }) => textOf(await open()))) {
      await expect(reading).rejects.toThrow('source is gone');
    }
  });
});

describe('a shared reading, in time,', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('begins without a share that is not ready, which reads by itself later', async () => {
    const source = countedSource();
    const [one, other, late] = openSharedRead(source.open, 3);
    const reading = Promise.all([one, other].map(async (share) => textOf((await share?.open()) ?? emptyStream())));
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await reading).toEqual([text, text]);
    expect(await textOf((await late?.open()) ?? emptyStream())).toBe(text);
    expect(source.opened).toBe(2);
  });

  it('leaves behind a share that takes a little every nine seconds', async () => {
    const source = countedSource(Array.from({ length: 100 }, () => 'x'.repeat(64 * 1024)));
    const [one, other] = openSharedRead(source.open, 2);
    const [quick, slow] = await Promise.all([one?.open(), other?.open()]);
    const reading = readAll(quick ?? emptyStream());
    const trickle = (async () => {
      for await (const _ of slow ?? emptyStream()) await new Promise((resolve) => setTimeout(resolve, 9_000));
    })();
    trickle.catch(() => {});
    await vi.advanceTimersByTimeAsync(30_000);
    expect((await reading).length).toBe(100 * 64 * 1024);
    await vi.advanceTimersByTimeAsync(9_000 * 20);
    await expect(trickle).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });

  it('leaves behind a share that takes nothing, with an error that lets it start over', async () => {
    const source = countedSource(Array.from({ length: 100 }, () => 'x'.repeat(64 * 1024)));
    const [one, other] = openSharedRead(source.open, 2);
    const [quick, stuck] = await Promise.all([one?.open(), other?.open()]);
    const reading = readAll(quick ?? emptyStream());
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await reading).length).toBe(100 * 64 * 1024);
    await expect(readAll(stuck ?? emptyStream())).rejects.toMatchObject({ code: 'REGISTRY_UNREACHABLE' });
  });
});

function emptyStream(): ByteStream {
  return (async function* () {})();
}
