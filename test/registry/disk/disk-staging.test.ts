/** Bytes on their way to become a blob: in whatever pieces they come, the digest is that of all of them. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../../oci/hash.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { DiskStaging } from '../../../registry/disk/disk-staging.ts';
import { type FileHashing, openFileHashing } from '../../../registry/disk/file-hashing.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

const kibibyte = 1024;
const content = randomBytes(8 * 1024 * kibibyte);
const repository = parseRepositoryName('team/app');

let directory: string;
let hashing: FileHashing;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => rm(directory, { recursive: true }));

beforeEach(() => {
  hashing = openFileHashing();
});

afterEach(() => hashing.close());

/** Counts what the thread is asked. */
function counted(): FileHashing & { orders: number } {
  const count = { orders: 0 };
  return {
    advance(beginning) {
      count.orders += 1;
      hashing.advance(beginning);
    },
    digest(beginning) {
      count.orders += 1;
      return hashing.digest(beginning);
    },
    forget(path) {
      count.orders += 1;
      hashing.forget(path);
    },
    close: () => hashing.close(),
    get orders() {
      return count.orders;
    },
  };
}

/** A staging that was written to so often, so many chunks of these sizes at once. */
async function stagingOf(
  writes: readonly (readonly number[])[],
  algorithm: 'sha256' | 'sha512' = 'sha256',
  thread: FileHashing = hashing,
) {
  const path = join(directory, randomUUID());
  const staging = await DiskStaging.create(path, thread, async () => {});
  let at = 0;
  for (const sizes of writes) {
    const chunks = sizes.map((size) => {
      at += size;
      return content.subarray(at - size, at);
    });
    await staging.write(chunks, algorithm);
  }
  return { staging, path, bytes: content.subarray(0, at) };
}

const size = fc.oneof(
  fc.nat({ max: 3 }),
  fc.nat({ max: 300 * kibibyte }),
  fc.constantFrom(...[64, 128, 384, 512].flatMap((kib) => [kib * kibibyte - 1, kib * kibibyte, kib * kibibyte + 1])),
);
const algorithm = fc.constantFrom('sha256', 'sha512');

test('the digest is right for every way of cutting the bytes, and for an algorithm that changes at the end', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(size, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      algorithm,
      algorithm,
      async (writes, first, last) => {
        const { staging, bytes } = await stagingOf(writes, first);
        expect(staging.sizeBytes).toBe(bytes.length);
        expect(await staging.digest(last)).toBe(digestOf(bytes, last));
        await staging.discard();
      },
    ),
    { numRuns: 60 },
  ));

test('two that grow at once do not mix', async () => {
  const [one, two] = await Promise.all([
    stagingOf([[600 * kibibyte], [600 * kibibyte]]),
    stagingOf([[700 * kibibyte], [100 * kibibyte], [1]], 'sha512'),
  ]);
  expect(await Promise.all([one.staging.digest('sha256'), two.staging.digest('sha512')])).toEqual([
    digestOf(one.bytes),
    digestOf(two.bytes, 'sha512'),
  ]);
});

test('the thread is lost in the middle, and the digest is right', async () => {
  const mortal = openFileHashing(new URL('./mortal-thread.ts', import.meta.url));
  const { staging, bytes } = await stagingOf([[600 * kibibyte], [600 * kibibyte]], 'sha256', mortal);
  expect(await staging.digest('sha256')).toBe(digestOf(bytes));
  await mortal.close();
});

test('no thread is asked about a small one', async () => {
  const thread = counted();
  const { staging, bytes } = await stagingOf([[64 * kibibyte], [64 * kibibyte]], 'sha256', thread);
  expect(await staging.digest('sha256')).toBe(digestOf(bytes));
  await staging.discard();
  expect(thread.orders).toBe(0);
});

test('the thread is told to forget one that is cancelled', async () => {
  const forgotten: string[] = [];
  const thread: FileHashing = { ...hashing, forget: (path) => void forgotten.push(path) };
  const { staging, path } = await stagingOf([[600 * kibibyte]], 'sha256', thread);
  await staging.discard();
  expect(forgotten).toEqual([path]);
});

test('after a write that failed, what counts has the digest that it had, and more can follow', async () => {
  const { staging, path, bytes } = await stagingOf([[600 * kibibyte]]);
  const noBytes: Uint8Array = Object.create(Uint8Array.prototype);
  await expect(staging.write([content.subarray(0, 10), noBytes], 'sha256')).rejects.toThrow();
  expect(staging.sizeBytes).toBe(bytes.length);
  await staging.write([Buffer.from('more')], 'sha256');
  const whole = Buffer.concat([bytes, Buffer.from('more')]);
  expect(await staging.digest('sha256')).toBe(digestOf(whole));
  await staging.commit(repository, digestOf(whole));
  expect((await readFile(path)).equals(whole)).toBe(true);
});
