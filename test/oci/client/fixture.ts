/** What the tests of the client share: a clock that needs no waiting, and content with its descriptors. */
import { inject, onTestFinished } from 'vitest';
import {
  openRegistryClient,
  type RegistryClient,
  type RegistryClientInit,
} from '../../../oci/client/registry-client.ts';
import type { Timing } from '../../../oci/client/wire/timing.ts';
import type { ByteStream, FetchedManifest } from '../../../oci/copy/target.ts';
import { digestOf } from '../../../oci/hash.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import type { DigestAlgorithm } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';

export const app = parseRepositoryName('team/app');

export interface TestTiming extends Timing {
  /** What was waited for, in milliseconds; waiting moves the clock and takes no time. */
  readonly delays: number[];
  advance(byMs: number): void;
}

/** Time that passes only when it is waited for; the limits of real waiting are generous unless given. */
export function testTiming(limits: Partial<Pick<Timing, 'answerMs' | 'commitMs' | 'stallMs'>> = {}): TestTiming {
  let clock = Date.parse('2026-11-23T12:00:00Z');
  const delays: number[] = [];
  return {
    answerMs: 20_000,
    commitMs: 20_000,
    stallMs: 20_000,
    ...limits,
    delays,
    now: () => clock,
    random: () => 0,
    async sleep(delayMs, signal) {
      signal?.throwIfAborted();
      if (delayMs > 0) delays.push(delayMs);
      clock += delayMs;
    },
    advance(byMs) {
      clock += byMs;
    },
  };
}

declare module 'vitest' {
  interface ProvidedContext {
    /** From how many bytes on blobs are read in bulk; as usual when absent. */
    readonly bulkSizeBytesMin?: number;
  }
}

const bulkSizeBytesMin = inject('bulkSizeBytesMin');
const bulk = bulkSizeBytesMin === undefined ? {} : { bulkSizeBytesMin };

/** A client that is closed with the test. */
export function openTestClient(init: RegistryClientInit, timing: Timing = testTiming()): RegistryClient {
  const client = openRegistryClient({ ...bulk, ...init }, timing);
  onTestFinished(() => client.close());
  return client;
}

/** A blob of the text. */
export function blobOf(
  text: string,
  algorithm: DigestAlgorithm = 'sha256',
): { descriptor: Descriptor; bytes: Uint8Array } {
  const bytes = Buffer.from(text);
  const descriptor = { mediaType: mediaTypes.ociLayer, digest: digestOf(bytes, algorithm), size: bytes.length };
  return { descriptor, bytes };
}

/** A small manifest; `mark` makes it differ from others. */
export function manifestOf(mark: string, algorithm: DigestAlgorithm = 'sha256'): FetchedManifest {
  const config = { mediaType: mediaTypes.ociEmpty, digest: digestOf(Buffer.from('{}')), size: 2 };
  const document = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [], annotations: { mark } };
  const bytes = Buffer.from(JSON.stringify(document));
  return {
    bytes,
    descriptor: { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes, algorithm), size: bytes.length },
  };
}

/** The chunks as a stream. */
export async function* streamOf(...chunks: readonly (string | Uint8Array)[]): ByteStream {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

/** All of the stream. */
export async function textOf(stream: ByteStream): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

/** All of the listing. */
export async function listOf<T>(listing: AsyncIterable<T>): Promise<T[]> {
  const entries: T[] = [];
  for await (const entry of listing) entries.push(entry);
  return entries;
}

/** The error of a promise that must fail. */
export async function errorOf(promise: Promise<unknown>): Promise<Error> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
