/** Reading a blob to its end although the connection breaks off on the way. */
import { IntegrityError, RegistryError, TransportError } from '../../errors/errors.ts';
import type { ByteStream } from '../copy/target.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import { type BlobPart, type BlobRest, fetchBlobRest } from './blob-part.ts';
import type { Remote } from './remote.ts';
import { backoffDelayMs } from './wire/retry.ts';
import { bodyCutShort, mayPass } from './wire/transport-failure.ts';

/** How often in a row reading is resumed without getting on. With the delays between, a registry has 4 to 8 s. */
const fruitlessResumptionsMax = 4;

/**
 * What counts as getting on. Without a least measure a registry that sends one byte per answer would keep us busy for
 * as many answers as the blob has bytes.
 */
const progressSizeBytesMin = 64 * 1024;

/** Given out before every resumption, so that whoever watches this stream sees that it is not standing still. */
const signOfLife = new Uint8Array(0);

/** How far the reading of one blob has come. */
interface Reading {
  readonly remote: Remote;
  readonly descriptor: Descriptor;
  readonly signal: AbortSignal | undefined;
  readTo: number;
  /** Of the answer read last. */
  etag: string | undefined;
}

/**
 * The blob's bytes, unverified, beginning with the part given. Where they break off or stand still, the rest is asked
 * for and follows in the same stream, so that whoever passes the bytes on notices nothing but a pause: this is how an
 * upload outlives the loss of its source. Empty chunks are signs of life.
 *
 * @throws what broke the reading off when it cannot be resumed; IntegrityError DIGEST_MISMATCH when the blob has another
 * size by now.
 */
export async function* resumedBlob(
  remote: Remote,
  descriptor: Descriptor,
  first: BlobPart,
  signal: AbortSignal | undefined,
): ByteStream {
  const { timing } = remote.exchange;
  const reading: Reading = { remote, descriptor, signal, readTo: 0, etag: undefined };
  let failure = yield* readPart(reading, first);
  for (let fruitless = 1; failure !== undefined; fruitless += 1) {
    if (fruitless > fruitlessResumptionsMax) throw failure;
    yield signOfLife;
    await timing.sleep(backoffDelayMs(fruitless, timing), signal);
    const { readTo } = reading;
    const rest: BlobPart | Error = await fetchRest(reading, failure);
    failure = rest instanceof Error ? rest : yield* readPart(reading, rest);
    if (reading.readTo - readTo >= progressSizeBytesMin) fruitless = 0;
  }
}

/** Gives out what the part has beyond what was read; returns what broke it off, undefined when the blob is at its end. */
async function* readPart(reading: Reading, part: BlobPart): AsyncGenerator<Uint8Array, Error | undefined> {
  const { remote, descriptor } = reading;
  reading.etag = part.etag;
  let position = part.offset;
  try {
    for await (const chunk of part.bytes) {
      // A registry that serves no ranges begins anew. What was given out is hashed, so this copy of it is of no use.
      const known = Math.min(Math.max(reading.readTo - position, 0), chunk.length);
      position += chunk.length;
      reading.readTo = Math.max(reading.readTo, position);
      yield chunk.subarray(known);
    }
  } catch (error) {
    // With all bytes read, only the mark of the end was lost.
    return reading.readTo >= descriptor.size ? undefined : passing(error);
  }
  // All the registry says there is: whether that is too little is for whoever verifies the bytes to say.
  if (position >= (part.totalSize ?? descriptor.size)) return undefined;
  return bodyCutShort(remote.exchange.endpoint.registry, reading.readTo, descriptor.size);
}

/** The next part, or trouble that may pass; throws what another attempt cannot change. */
async function fetchRest(reading: Reading, brokenOffBy: Error): Promise<BlobPart | Error> {
  const { remote, descriptor, readTo, etag, signal } = reading;
  let rest: BlobRest;
  try {
    rest = await fetchBlobRest(remote, descriptor, { offset: readTo, etag }, signal);
  } catch (error) {
    return passing(error);
  }
  if (rest.totalSize !== undefined && rest.totalSize !== descriptor.size)
    throw resized(remote, descriptor, rest.totalSize);
  // Of no use to us, but the blob may still be read from its beginning, so what broke off is what is told.
  if (rest.bytes === undefined) throw brokenOffBy;
  return rest;
}

/** The error when another attempt may fare better; anything else is thrown. */
function passing(error: unknown): Error {
  if (error instanceof TransportError && mayPass(error)) return error;
  if (error instanceof RegistryError && error.retryable) return error;
  throw error;
}

function resized(remote: Remote, descriptor: Descriptor, totalSize: number): IntegrityError {
  return new IntegrityError({
    code: 'DIGEST_MISMATCH',
    message: `content does not match its size: ${remote.name}@${descriptor.digest}: the registry has ${totalSize} bytes`,
  });
}
