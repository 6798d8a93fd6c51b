import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { streamOf } from '../../oci/byte-stream.ts';
import type { ByteStream } from '../../oci/copy/target.ts';
import { digestOf } from '../../oci/hash.ts';
import { verifiedStream } from '../../oci/verified-stream.ts';
import { codeOf } from './code-of.ts';
import { bytesOf, contentOf, layerOf, readAll } from './content.ts';
import { lentChunks } from './lent-chunks.ts';

async function* chunked(chunks: readonly Uint8Array[]): ByteStream {
  yield* chunks;
}

/** What comes out before the stream ends or fails, and the code it fails with. */
async function consume(stream: ByteStream): Promise<{ sizeBytes: number; code: string }> {
  let sizeBytes = 0;
  const code = await codeOf(async () => {
    for await (const chunk of stream) sizeBytes += chunk.length;
  });
  return { sizeBytes, code };
}

describe('a verified stream', () => {
  it('gives out the same bytes when they are right', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array()), fc.constantFrom('sha256', 'sha512'), async (chunks, algorithm) => {
        const { descriptor, bytes } = contentOf('a/b', new Uint8Array(Buffer.concat(chunks)), algorithm);
        expect(await readAll(verifiedStream(chunked(chunks), descriptor, 'there'))).toEqual(bytes);
      }),
    );
  });

  it('never gives out as many bytes as it promised when they are wrong', async () => {
    const spoilt = fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(spoilt, fc.uint8Array(), async (chunks, right) => {
        const { descriptor } = contentOf('a/b', right);
        fc.pre(digestOf(Buffer.concat(chunks)) !== descriptor.digest);
        const { sizeBytes, code } = await consume(verifiedStream(chunked(chunks), descriptor, 'there'));
        expect(code).toBe('DIGEST_MISMATCH');
        expect(sizeBytes === 0 || sizeBytes < descriptor.size).toBe(true);
      }),
    );
  });

  it('holds back its own copy of the last bytes, which may be written over', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array(), fc.integer({ min: 1, max: 20 }), async (right, size) => {
        const { descriptor, bytes } = contentOf('a/b', right);
        expect(await readAll(verifiedStream(lentChunks(bytes, size), descriptor, 'there'))).toEqual(bytes);
      }),
    );
  });

  it('gives out every chunk but the last one before the next is asked for', async () => {
    const asked: string[] = [];
    async function* source(): ByteStream {
      for (const text of ['a', 'b', 'c']) {
        asked.push(text);
        yield bytesOf(text);
      }
    }
    const stream = verifiedStream(source(), layerOf('abc').descriptor, 'there')[Symbol.asyncIterator]();
    await stream.next();
    expect(asked).toEqual(['a']);
    await stream.next();
    expect(asked).toEqual(['a', 'b']);
    await stream.return?.();
  });

  it('holds back the last bytes although empty chunks follow them', async () => {
    const wrong = chunked([bytesOf('te'), bytesOf('xx'), bytesOf('')]);
    const { sizeBytes, code } = await consume(verifiedStream(wrong, layerOf('text').descriptor, 'there'));
    expect({ sizeBytes, code }).toEqual({ sizeBytes: 2, code: 'DIGEST_MISMATCH' });
  });

  it('fails when an empty blob has bytes, or a blob has none', async () => {
    const something = layerOf('x');
    const nothing = layerOf('');
    expect((await consume(verifiedStream(streamOf(something.bytes), nothing.descriptor, 'there'))).code).toBe(
      'DIGEST_MISMATCH',
    );
    expect((await consume(verifiedStream(chunked([]), something.descriptor, 'there'))).code).toBe('DIGEST_MISMATCH');
  });

  it('fails on a wrong size although the digest is right', async () => {
    const { descriptor, bytes } = layerOf('text');
    for (const size of [3, 5]) {
      const { code } = await consume(verifiedStream(streamOf(bytes), { ...descriptor, size }, 'there'));
      expect(code).toBe('DIGEST_MISMATCH');
    }
  });

  it('stops reading as soon as there are too many bytes', async () => {
    let given = 0;
    async function* endless(): ByteStream {
      for (;;) {
        given += 1;
        yield bytesOf('xx');
      }
    }
    await consume(verifiedStream(endless(), layerOf('text').descriptor, 'there'));
    expect(given).toBe(3);
  });

  it('releases what is behind it when it is abandoned', async () => {
    let released = false;
    async function* source(): ByteStream {
      try {
        yield* [bytesOf('a'), bytesOf('b'), bytesOf('c')];
      } finally {
        released = true;
      }
    }
    for await (const _ of verifiedStream(source(), layerOf('abc').descriptor, 'there')) break;
    expect(released).toBe(true);
  });
});
