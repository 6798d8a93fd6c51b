/** Blobs that nobody has had, cheap to make: whoever makes the load must not be what is measured. */
import { createHash, type Hash, randomBytes } from 'node:crypto';

export interface FreshBlob {
  readonly digest: string;
  /** The bytes, in order. */
  readonly parts: readonly Uint8Array[];
}

const suffixBytes = 16;

/** Makes blobs of the size: all begin alike and are hashed so far once, and each ends in its own way. */
export function freshBlobs(sizeBytes: number): () => FreshBlob {
  const beginning = randomBytes(Math.max(0, sizeBytes - suffixBytes));
  const hashed: Hash = createHash('sha256').update(beginning);
  return () => {
    const ending = randomBytes(Math.min(suffixBytes, sizeBytes));
    const digest = `sha256:${hashed.copy().update(ending).digest('hex')}`;
    return { digest, parts: [beginning, ending] };
  };
}
