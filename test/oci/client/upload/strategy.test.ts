/** Which way a blob is sent, and what is learnt from answers. */
import { describe, expect, it } from 'vitest';
import { ordinaryQuirks } from '../../../../oci/client/quirks.ts';
import { openUploadStrategy } from '../../../../oci/client/upload/strategy.ts';

const mebibyte = 1024 * 1024;
const put413 = { way: 'put', status: 413 } as const;
const put405 = { way: 'put', status: 405 } as const;
const patch413 = { way: 'patch', status: 413 } as const;
const chunks400 = { way: 'chunks', status: 400 } as const;

describe('an upload strategy', () => {
  it('tries one way after the other, until none is left', () => {
    const strategy = openUploadStrategy(ordinaryQuirks);
    expect(strategy.wayFor(100, [])).toBe('put');
    expect(strategy.wayFor(100, [put413])).toBe('patch');
    expect(strategy.wayFor(100, [put413, patch413])).toBe('chunks');
    expect(strategy.wayFor(100, [put413, patch413, chunks400])).toBeUndefined();
  });

  it('believes a refusal only when another way has worked', () => {
    const strategy = openUploadStrategy(ordinaryQuirks);
    strategy.wayFor(100, [put405]);
    expect(strategy.wayFor(100, [])).toBe('put');
    strategy.learn(100, [put405]);
    expect(strategy.wayFor(100, [])).toBe('patch');
  });

  it('takes a 413 as being about blobs of the size and larger ones', () => {
    const strategy = openUploadStrategy(ordinaryQuirks);
    strategy.learn(1000, [put413]);
    strategy.learn(2000, [put413, patch413]);
    expect(strategy.wayFor(999, [])).toBe('put');
    expect(strategy.wayFor(1000, [])).toBe('patch');
    expect(strategy.wayFor(2000, [])).toBe('chunks');
  });

  it('comes back to a way that was refused for others before it gives up', () => {
    const strategy = openUploadStrategy({ ...ordinaryQuirks, uploadWays: ['put', 'chunks'] });
    strategy.learn(1000, [put405]);
    expect(strategy.wayFor(1000, [])).toBe('chunks');
    expect(strategy.wayFor(1000, [chunks400])).toBe('put');
  });

  it('does not send in one PUT what its registry is known to refuse', () => {
    const strategy = openUploadStrategy({ ...ordinaryQuirks, putSizeBytesMax: 16 * mebibyte });
    expect(strategy.wayFor(16 * mebibyte, [])).toBe('put');
    expect(strategy.wayFor(16 * mebibyte + 1, [])).toBe('patch');
  });

  it('has one way for an empty blob', () => {
    const strategy = openUploadStrategy({ ...ordinaryQuirks, uploadWays: ['chunks'] });
    expect(strategy.wayFor(0, [])).toBe('put');
    expect(strategy.wayFor(0, [put405])).toBeUndefined();
  });

  it('halves chunks that are too large down to one MiB, for good', () => {
    const strategy = openUploadStrategy(ordinaryQuirks);
    expect(strategy.shrinkChunk(8 * mebibyte)).toBe(true);
    expect(strategy.chunkSizeBytes()).toBe(4 * mebibyte);
    expect(strategy.shrinkChunk(1.5 * mebibyte)).toBe(true);
    expect(strategy.chunkSizeBytes()).toBe(mebibyte);
    expect(strategy.shrinkChunk(mebibyte)).toBe(false);
    expect(strategy.shrinkChunk(100)).toBe(false);
  });
});
