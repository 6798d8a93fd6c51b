/** One upload, between the request and the file. */
import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { digestOf } from '../../../oci/hash.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { UploadSession } from '../../../registry/content/upload-session.ts';
import { DiskStaging } from '../../../registry/disk/disk-staging.ts';
import { openFileHashing } from '../../../registry/disk/file-hashing.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

let directory: string;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(() => rm(directory, { recursive: true }));

test('chunks take no memory once they are written, and the digest is that of what they held', async () => {
  const staging = await DiskStaging.create(join(directory, 'memory'), openFileHashing(), async () => {});
  const repository = parseRepositoryName('team/app');
  const session = new UploadSession({ id: 'x', repository, owner: 'x', staging, algorithm: 'sha256' });
  const chunks = [1, 64 * 1024, 7].map((size) => new Uint8Array(randomBytes(size)));
  const whole = Buffer.concat(chunks);
  await session.append(asTheyCome(chunks));
  expect(chunks.map(({ length }) => length)).toEqual([0, 0, 0]);
  expect(session.sizeBytes).toBe(whole.length);
  expect(await session.finish(digestOf(whole))).toBe(true);
});

async function* asTheyCome(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks;
}
