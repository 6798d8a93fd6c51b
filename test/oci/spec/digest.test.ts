import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestAlgorithm, digestHex, isDigest, parseDigest, shortDigest } from '../../../oci/spec/digest.ts';
import { codeOf } from '../code-of.ts';

const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));
const validDigest = fc.oneof(
  hex(64).map((digits) => `sha256:${digits}`),
  hex(128).map((digits) => `sha512:${digits}`),
);

const a64 = 'a'.repeat(64);
const nearMisses: Record<string, string> = {
  'nothing at all': '',
  'digits without an algorithm': a64,
  'an algorithm without digits': 'sha256:',
  'one digit too few': `sha256:${'a'.repeat(63)}`,
  'one digit too many': `sha256:${'a'.repeat(65)}`,
  'as many digits as the other algorithm has': `sha512:${a64}`,
  'upper-case digits': `sha256:${'A'.repeat(64)}`,
  'an upper-case algorithm': `SHA256:${a64}`,
  'a letter that is no digit': `sha256:${'a'.repeat(63)}g`,
  'a digit of another script': `sha256:${'a'.repeat(63)}\u0663`,
  'a trailing newline': `sha256:${a64}\n`,
  'a leading blank': ` sha256:${a64}`,
  'an algorithm that is not registered': `md5:${'a'.repeat(32)}`,
  'an algorithm we cannot compute': `blake3:${a64}`,
  'a path': `sha256:../${'a'.repeat(61)}`,
};

describe('digests', () => {
  it('are parsed to themselves, and taken apart and put together again', () => {
    fc.assert(
      fc.property(validDigest, (text) => {
        const digest = parseDigest(text);
        expect(digest).toBe(text);
        expect(`${digestAlgorithm(digest)}:${digestHex(digest)}`).toBe(text);
        expect(digestHex(digest).startsWith(shortDigest(digest))).toBe(true);
        expect(shortDigest(digest)).toHaveLength(12);
      }),
    );
  });

  it('are no longer digests with one character more or less', () => {
    fc.assert(
      fc.property(validDigest, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (text, at, character) => {
        const place = at % (text.length + 1);
        expect(isDigest(text.slice(0, place) + character + text.slice(place))).toBe(false);
        expect(isDigest(text.slice(0, place) + text.slice(place + 1))).toBe(place === text.length);
      }),
    );
  });

  it.each(Object.entries(nearMisses))('are not %s', async (_, text) => {
    expect(isDigest(text)).toBe(false);
    expect(await codeOf(() => parseDigest(text))).toBe('DIGEST_INVALID');
  });
});
