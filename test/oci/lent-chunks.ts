/** A source that takes the contract of chunks at its word: each is spoilt as soon as the next one is asked for. */
import type { ByteStream } from '../../oci/copy/target.ts';

/** What stands where a chunk was. */
const spoiltByte = 0xa5;

/** The bytes in chunks of that size, all of them in one buffer that is written over, also when the reader leaves. */
export async function* lentChunks(bytes: Uint8Array, chunkSizeBytes: number): ByteStream {
  const buffer = new Uint8Array(chunkSizeBytes);
  try {
    for (let from = 0; from < bytes.length; from += chunkSizeBytes) {
      const chunk = bytes.subarray(from, from + chunkSizeBytes);
      buffer.set(chunk);
      yield buffer.subarray(0, chunk.length);
      buffer.fill(spoiltByte);
    }
  } finally {
    buffer.fill(spoiltByte);
  }
}

/** The chunks of the stream, in buffers that are written over. */
export async function* lent(stream: ByteStream): ByteStream {
  for await (const chunk of stream) {
    const copy = Uint8Array.from(chunk);
    try {
      yield copy;
    } finally {
      copy.fill(spoiltByte);
    }
  }
}
