/** A stream of bytes through a transform of Node.js. */
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ByteStream } from '../../../oci/copy/target.ts';

/** What comes out of the transform when the content goes in; a failure of either comes out of the iteration. */
export async function* transformed(content: ByteStream, transform: Transform): ByteStream {
  const feeding = pipeline(copied(content), transform);
  // It is awaited below; until then a failure comes out of the iteration.
  feeding.catch(() => undefined);
  for await (const chunk of transform) yield chunk;
  await feeding;
}

/** The transform takes a chunk when it has time; by then a lent one may have been overwritten. */
async function* copied(content: ByteStream): AsyncGenerator<Buffer> {
  for await (const chunk of content) yield Buffer.from(chunk);
}
