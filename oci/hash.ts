/** Digests computed from bytes. */
import { createHash } from 'node:crypto';
import { type Digest, type DigestAlgorithm, parseDigest } from './spec/digest.ts';

/** A digest that grows with the bytes it is fed. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** The digest of all bytes so far; ends the hasher, so it is called once. */
  digest(): Digest;
}

/** The digest of the bytes. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  const hasher = createHasher(algorithm);
  hasher.update(bytes);
  return hasher.digest();
}

/** A hasher that has been fed nothing yet. */
export function createHasher(algorithm: DigestAlgorithm): Hasher {
  const hash = createHash(algorithm);
  return {
    update(bytes) {
      hash.update(bytes);
    },
    digest() {
      return parseDigest(`${algorithm}:${hash.digest('hex')}`);
    },
  };
}
