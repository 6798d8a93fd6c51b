/** Small streams of bytes, and what can be put around any of them. */
import type { ByteStream } from './copy/target.ts';

/** The bytes as a stream of one chunk. */
export async function* streamOf(bytes: Uint8Array): ByteStream {
  yield bytes;
}

/** All bytes of the stream, in memory: for small content. */
export async function readWhole(stream: ByteStream): Promise<Buffer> {
  const kept: Uint8Array[] = [];
  for await (const chunk of stream) kept.push(Buffer.from(chunk));
  return Buffer.concat(kept);
}

/**
 * The same chunks, until the signal is aborted. It is looked at between chunks: a stream that may wait long for its next
 * chunk has to watch the signal itself.
 */
export async function* abortable(stream: ByteStream, signal: AbortSignal | undefined): ByteStream {
  for await (const chunk of stream) {
    signal?.throwIfAborted();
    yield chunk;
  }
}
