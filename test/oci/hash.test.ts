import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHasher, digestOf } from '../../oci/hash.ts';
import { bytesOf } from './content.ts';

describe('a digest computed from bytes', () => {
  it('is the one that other tools compute', () => {
    expect(digestOf(bytesOf('{}'))).toBe('sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
    expect(digestOf(new Uint8Array())).toBe('sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(digestOf(bytesOf('abc'), 'sha512')).toBe(
      'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
    );
  });

  it('is the same in one piece and in many', () => {
    const pieces = fc.array(fc.uint8Array());
    fc.assert(
      fc.property(pieces, fc.constantFrom('sha256', 'sha512'), (chunks, algorithm) => {
        const hasher = createHasher(algorithm);
        for (const chunk of chunks) hasher.update(chunk);
        expect(hasher.digest()).toBe(digestOf(Buffer.concat(chunks), algorithm));
      }),
    );
  });
});
