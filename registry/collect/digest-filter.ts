/**
 * Many digests in little memory, at the price of now and then taking one for another: what it has not is surely not
 * among them. A collection asks it which content no repository has, and a rare wrong yes keeps content until the next
 * one, whose filter errs elsewhere.
 */
import { type Digest, digestHex } from '../../oci/spec/digest.ts';

export interface DigestFilter {
  add(digest: Digest): void;
  /** False: it was never added. */
  has(digest: Digest): boolean;
}

/** 16 MiB: of ten million digests one other in 500 is taken for one of them, of a million one in a billion. */
const filterBits = 2 ** 27;

/** Bits set for each digest; the best number for ten million. */
const bitsPerDigest = 7;

/** Digits that make one number of 32 bits. */
const wordChars = 8;

/** An empty filter; each seed errs about other digests. */
export function openDigestFilter(seed: number): DigestFilter {
  const bytes = new Uint8Array(filterBits / 8);

  /** Digests are evenly spread already, so their own digits, stirred with the seed, are hash enough. */
  function bitAt(hex: string, at: number): number {
    const word = Number.parseInt(hex.slice(at * wordChars, (at + 1) * wordChars), 16);
    return (Math.imul((word ^ seed) >>> 0, 0x9e3779b1) >>> 0) % filterBits;
  }

  return {
    add(digest) {
      const hex = digestHex(digest);
      for (let at = 0; at < bitsPerDigest; at += 1) {
        const bit = bitAt(hex, at);
        bytes[bit >>> 3] = (bytes[bit >>> 3] ?? 0) | (1 << (bit & 7));
      }
    },
    has(digest) {
      const hex = digestHex(digest);
      for (let at = 0; at < bitsPerDigest; at += 1) {
        const bit = bitAt(hex, at);
        if (((bytes[bit >>> 3] ?? 0) & (1 << (bit & 7))) === 0) return false;
      }
      return true;
    },
  };
}
