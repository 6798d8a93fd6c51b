/** Content that cannot be consumed whole unless it is what its descriptor says. */
import { IntegrityError } from '../errors/errors.ts';
import type { ByteStream } from './copy/target.ts';
import { createHasher } from './hash.ts';
import type { Descriptor } from './spec/descriptor.ts';
import { digestAlgorithm } from './spec/digest.ts';

/**
 * The same bytes, hashed on the way; the chunk with the last of them is held back until the stream has ended, and size and
 * digest are right. So a consumer that was promised `descriptor.size` bytes never has them all when they are wrong, and
 * cannot commit them by mistake. All other chunks pass at once, as they are lent.
 *
 * `name` says where the bytes come from, for messages.
 *
 * @throws IntegrityError DIGEST_MISMATCH, from the iteration.
 */
export async function* verifiedStream(stream: ByteStream, descriptor: Descriptor, name: string): ByteStream {
  const hasher = createHasher(digestAlgorithm(descriptor.digest));
  let sizeBytes = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of stream) {
    sizeBytes += chunk.length;
    if (sizeBytes > descriptor.size) throw wrongSize(descriptor, name, `more than ${descriptor.size} bytes`);
    hasher.update(chunk);
    // Empty ones are signs of life, also while the end is awaited.
    if (sizeBytes < descriptor.size || chunk.length === 0) yield chunk;
    else held = Buffer.from(chunk);
  }
  if (sizeBytes < descriptor.size) throw wrongSize(descriptor, name, `${sizeBytes} of ${descriptor.size} bytes`);
  const found = hasher.digest();
  if (found !== descriptor.digest) {
    throw mismatch(`content does not match its digest: ${name}@${descriptor.digest}: found ${found}`);
  }
  if (held !== undefined) yield held;
}

function wrongSize(descriptor: Descriptor, name: string, found: string): IntegrityError {
  return mismatch(`content does not match its size: ${name}@${descriptor.digest}: ${found}`);
}

function mismatch(message: string): IntegrityError {
  return new IntegrityError({ code: 'DIGEST_MISMATCH', message });
}
