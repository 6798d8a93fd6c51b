/** A stream cut anew. */
import type { ByteStream } from '../../../oci/copy/target.ts';

/** The bytes in blocks of that size, the last of which may be shorter; each block is the caller's own. */
export async function* blocksOf(content: ByteStream, sizeBytes: number): AsyncGenerator<Buffer> {
  let block = Buffer.allocUnsafe(sizeBytes);
  let filled = 0;
  for await (const chunk of content) {
    for (let at = 0; at < chunk.length; ) {
      const part = chunk.subarray(at, at + sizeBytes - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < sizeBytes) continue;
      yield block;
      block = Buffer.allocUnsafe(sizeBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}
