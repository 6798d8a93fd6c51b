/** The thread that hashes files while they grow. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { digestOf } from '../../../oci/hash.ts';
import { type FileHashing, openFileHashing } from '../../../registry/disk/file-hashing.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

const mebibyte = 1024 * 1024;
const algorithm = 'sha256';

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

async function fileOf(name: string, bytes: Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}

test('a file that grows has the digest of all its bytes', async () => {
  const parts = [randomBytes(3 * mebibyte + 1), randomBytes(5), randomBytes(mebibyte)];
  const path = await fileOf('grows', new Uint8Array());
  let sizeBytes = 0;
  for (const part of parts) {
    await appendFile(path, part);
    sizeBytes += part.length;
    hashing.advance({ path, sizeBytes, algorithm });
  }
  expect(await hashing.digest({ path, sizeBytes, algorithm })).toBe(digestOf(Buffer.concat(parts)));
});

test('what lies behind the beginning is not hashed', async () => {
  const bytes = randomBytes(mebibyte);
  const path = await fileOf('longer', Buffer.concat([bytes, Buffer.from('torn')]));
  expect(await hashing.digest({ path, sizeBytes: mebibyte, algorithm })).toBe(digestOf(bytes));
});

test('another algorithm at the end begins the file anew', async () => {
  const bytes = randomBytes(mebibyte);
  const path = await fileOf('other', bytes);
  hashing.advance({ path, sizeBytes: mebibyte, algorithm });
  const digest = await hashing.digest({ path, sizeBytes: mebibyte, algorithm: 'sha512' });
  expect(digest).toBe(digestOf(bytes, 'sha512'));
});

test('files at once do not mix', async () => {
  const contents = Array.from({ length: 8 }, () => randomBytes(2 * mebibyte));
  const paths = await Promise.all(contents.map((bytes, index) => fileOf(`one-of-${index}`, bytes)));
  for (const sizeBytes of [mebibyte / 2, mebibyte]) {
    for (const path of paths) hashing.advance({ path, sizeBytes, algorithm });
  }
  const digests = await Promise.all(paths.map((path) => hashing.digest({ path, sizeBytes: 2 * mebibyte, algorithm })));
  expect(digests).toEqual(contents.map((bytes) => digestOf(bytes)));
});

test('a large file does not hold up a small one', async () => {
  const sizeBytes = 64 * mebibyte;
  const large = await fileOf('large', new Uint8Array());
  await truncate(large, sizeBytes);
  const small = await fileOf('small', randomBytes(mebibyte));
  const answered: string[] = [];
  await Promise.all([
    hashing.digest({ path: large, sizeBytes, algorithm }).then(() => answered.push('large')),
    hashing.digest({ path: small, sizeBytes: mebibyte, algorithm }).then(() => answered.push('small')),
  ]);
  expect(answered).toEqual(['small', 'large']);
});

test('nothing is kept of a file whose digest was told, nor of one that is forgotten', async () => {
  const path = await fileOf('forgotten', Buffer.alloc(mebibyte, 'a'));
  const expectDigestOf = async (letter: string) => {
    const digest = await hashing.digest({ path, sizeBytes: mebibyte, algorithm });
    expect(digest).toBe(digestOf(Buffer.alloc(mebibyte, letter)));
  };
  await expectDigestOf('a');
  await writeFile(path, Buffer.alloc(mebibyte, 'b'));
  await expectDigestOf('b');
  hashing.advance({ path, sizeBytes: mebibyte / 2, algorithm });
  hashing.forget(path);
  await writeFile(path, Buffer.alloc(mebibyte, 'c'));
  await expectDigestOf('c');
});

test('a file that is shorter, or not there, has no digest, and the next one has', async () => {
  const path = await fileOf('short', randomBytes(10));
  expect(await hashing.digest({ path, sizeBytes: 11, algorithm })).toBeUndefined();
  expect(await hashing.digest({ path: join(directory, 'absent'), sizeBytes: 1, algorithm })).toBeUndefined();
  expect(await hashing.digest({ path, sizeBytes: 10, algorithm })).toMatch(/^sha256:/);
});

test('a thread that dies leaves its questions unanswered, and the next one begins each file anew', async () => {
  const mortal = openFileHashing(new URL('./mortal-thread.ts', import.meta.url));
  const bytes = randomBytes(2 * mebibyte);
  const beginning = { path: await fileOf('outlives', bytes), sizeBytes: 2 * mebibyte, algorithm } as const;
  mortal.advance({ ...beginning, sizeBytes: mebibyte });
  expect(await mortal.digest(beginning)).toBeUndefined();
  expect(await mortal.digest(beginning)).toBe(digestOf(bytes));
  await mortal.close();
});

test('where no thread can be had, nothing is hashed ahead and questions are answered at once', async () => {
  const threadless = openFileHashing(new URL('http://127.0.0.1/no-such-thread.ts'));
  const beginning = { path: await fileOf('threadless', Buffer.from('alone')), sizeBytes: 5, algorithm } as const;
  threadless.advance(beginning);
  expect(await threadless.digest(beginning)).toBeUndefined();
  await threadless.close();
});

test('closing answers open questions', async () => {
  const path = await fileOf('closing', randomBytes(10));
  const asked = hashing.digest({ path, sizeBytes: 10, algorithm });
  await hashing.close();
  expect(await asked).toBeUndefined();
});

test('a process waits for the answer and not for the thread', async () => {
  const path = await fileOf('process', Buffer.from('waits'));
  const entry = new URL('../../../registry/disk/file-hashing.ts', import.meta.url);
  const program = `
    import { openFileHashing } from ${JSON.stringify(entry.href)};
    const beginning = { path: ${JSON.stringify(path)}, sizeBytes: 5, algorithm: 'sha256' };
    process.stdout.write(String(await openFileHashing().digest(beginning)));`;
  const main = await fileOf('main.mjs', Buffer.from(program));
  const child = spawn(process.execPath, [main], { stdio: ['ignore', 'pipe', 'inherit'] });
  const told: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => told.push(chunk));
  const [code] = await once(child, 'close');
  expect([code, Buffer.concat(told).toString()]).toEqual([0, digestOf(Buffer.from('waits'))]);
});
