/** Compressed streams: what comes out again, whatever their chunks, and how large they are. */
import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gzipped } from '../../../../release/builders/image/gzipped.ts';
import { readAll } from '../../../oci/content.ts';

const text = Buffer.from('what is written again and again, line by line\n'.repeat(20_000));
const dense = randomBytes(900_000);

async function* cut(bytes: Uint8Array, sizeBytes: number) {
  for (let at = 0; at < bytes.length; at += sizeBytes) yield bytes.subarray(at, at + sizeBytes);
}

async function compress(bytes: Uint8Array, chunkBytes = 65_536): Promise<Buffer> {
  return Buffer.from(await readAll(gzipped(cut(bytes, chunkBytes))));
}

describe('a compressed stream', () => {
  it('is the same whatever its chunks, and what went in comes out', async () => {
    const part = fc.oneof(
      fc.nat(text.length).map((length) => text.subarray(0, length)),
      fc.nat(dense.length).map((length) => dense.subarray(0, length)),
      fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    );
    const contents = fc.array(part, { maxLength: 4 }).map((parts) => Buffer.concat(parts));
    await fc.assert(
      fc.asyncProperty(contents, fc.integer({ min: 1000, max: 300_000 }), async (content, chunkBytes) => {
        const packed = await compress(content);
        expect(gunzipSync(packed).equals(content)).toBe(true);
        expect(packed.equals(await compress(content, chunkBytes))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('is hardly larger than what nothing makes smaller, and much smaller than what is alike', async () => {
    expect((await compress(dense)).length).toBeLessThan(dense.length * 1.001);
    expect((await compress(text)).length).toBeLessThan(text.length / 50);
    const both = await compress(Buffer.concat([dense, text]));
    expect(both.length).toBeLessThan(dense.length * 1.001 + text.length / 3);
  });

  it('is not taken for dense by a beginning that is', async () => {
    const mostly = Buffer.concat([dense.subarray(0, 20_000), text.subarray(0, 200_000)]);
    expect((await compress(mostly)).length).toBeLessThan(30_000);
  });

  it('ends as its content does when that breaks off', async () => {
    const reason = new Error('broken off');
    async function* breaking() {
      yield text;
      throw reason;
    }
    await expect(readAll(gzipped(breaking()))).rejects.toBe(reason);
  });

  it('may be left when nobody reads on', async () => {
    let isLeft = false;
    async function* watched() {
      try {
        yield* cut(text, 1000);
      } finally {
        isLeft = true;
      }
    }
    for await (const chunk of gzipped(watched())) if (chunk.length > 10) break;
    expect(isLeft).toBe(true);
  });
});
