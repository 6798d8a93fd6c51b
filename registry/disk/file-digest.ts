/** The digest of a file that is being written: on the way while it is small, by the thread for files when it is large. */
import { createReadStream } from 'node:fs';
import { createHasher, type Hasher } from '../../oci/hash.ts';
import type { Digest, DigestAlgorithm } from '../../oci/spec/digest.ts';
import type { FileHashing } from './file-hashing.ts';

export interface FileDigest {
  /** These bytes were added to the file. What the digest is computed with ahead of the question is decided by the first of them. */
  add(chunks: readonly Uint8Array[], algorithm: DigestAlgorithm): void;
  /** The digest of all bytes; nothing is added after it. */
  compute(algorithm: DigestAlgorithm): Promise<Digest>;
  /** Computes nothing any more. */
  forget(): void;
}

/** A file up to this is hashed by whoever writes it, in less time than it takes to ask another thread and be answered. */
const smallBytesMax = 128 * 1024;

/** The thread is told of no less at once, so that the telling does not show. */
const toldBytesMin = 512 * 1024;

/** The digest of the file at the path, which has no bytes yet. */
export function openFileDigest(path: string, hashing: FileHashing): FileDigest {
  let ahead: { readonly algorithm: DigestAlgorithm; readonly hasher: Hasher } | undefined;
  let sizeBytes = 0;
  let toldBytes = 0;

  return {
    add(chunks, algorithm) {
      ahead ??= { algorithm, hasher: createHasher(algorithm) };
      for (const { length } of chunks) sizeBytes += length;
      if (sizeBytes <= smallBytesMax) {
        for (const chunk of chunks) ahead.hasher.update(chunk);
      } else if (sizeBytes - toldBytes >= toldBytesMin) {
        toldBytes = sizeBytes;
        hashing.advance({ path, sizeBytes, algorithm: ahead.algorithm });
      }
    },
    async compute(algorithm) {
      if (sizeBytes > smallBytesMax) {
        toldBytes = 0;
        return (await hashing.digest({ path, sizeBytes, algorithm })) ?? readDigest(path, sizeBytes, algorithm);
      }
      return ahead?.algorithm === algorithm ? ahead.hasher.digest() : readDigest(path, sizeBytes, algorithm);
    },
    forget() {
      if (toldBytes > 0) hashing.forget(path);
    },
  };
}

async function readDigest(path: string, sizeBytes: number, algorithm: DigestAlgorithm): Promise<Digest> {
  const hasher = createHasher(algorithm);
  if (sizeBytes > 0) for await (const chunk of createReadStream(path, { end: sizeBytes - 1 })) hasher.update(chunk);
  return hasher.digest();
}
