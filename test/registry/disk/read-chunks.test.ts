/** Reading a file to send it on. */
import { type FileHandle, mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readChunks } from '../../../registry/disk/read-chunks.ts';

const chunkBytes = 512 * 1024;
const sizeBytes = 3 * chunkBytes + 1_000;
const content = Buffer.from(Uint8Array.from({ length: sizeBytes }, (_, at) => (at * 7 + (at >>> 9)) % 256));

let directory: string;
let path: string;
let handle: FileHandle;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'read-chunks-'));
  path = join(directory, 'file');
  await writeFile(path, content);
  handle = await open(path);
});

afterEach(() => rm(directory, { recursive: true }));

/** A copy of what came, since a chunk does not outlive the request for the next. */
async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of chunks) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

function isOpen(): boolean {
  return handle.fd >= 0;
}

test.each([
  ['all of it', 0, sizeBytes - 1],
  ['a part that fills no chunk', 10, 20],
  ['one byte', 5, 5],
  ['a part that crosses chunks', chunkBytes - 1, 2 * chunkBytes],
  ['whole chunks and no more', 0, 2 * chunkBytes - 1],
])('%s comes as it is in the file, and the file is closed', async (_, start, end) => {
  expect((await collect(readChunks(handle, start, end))).equals(content.subarray(start, end + 1))).toBe(true);
  expect(isOpen()).toBe(false);
});

test('a chunk stays as it is while the next one is being read', async () => {
  const chunks = readChunks(handle, 0, sizeBytes - 1);
  for (let start = 0; start < sizeBytes; start += chunkBytes) {
    const { value } = await chunks.next();
    await new Promise((resolve) => setImmediate(resolve));
    expect(Buffer.from(value ?? []).equals(content.subarray(start, Math.min(start + chunkBytes, sizeBytes)))).toBe(
      true,
    );
  }
  expect(await chunks.next()).toEqual({ done: true, value: undefined });
});

test('the file is closed while the last chunk is on its way', async () => {
  const chunks = readChunks(handle, 0, chunkBytes + 9);
  await chunks.next();
  expect(isOpen()).toBe(true);
  const { value } = await chunks.next();
  await expect.poll(isOpen).toBe(false);
  expect(Buffer.from(value ?? []).equals(content.subarray(chunkBytes, chunkBytes + 10))).toBe(true);
  expect((await chunks.next()).done).toBe(true);
});

test('buffers that are used again do not mix two readers', async () => {
  const other = await open(path);
  const [one, two] = await Promise.all([
    collect(readChunks(handle, 0, sizeBytes - 1)),
    collect(readChunks(other, 100, sizeBytes - 1)),
  ]);
  expect([one.equals(content), two.equals(content.subarray(100))]).toEqual([true, true]);
});

test('readers beyond 128 MiB in large pieces get small ones, until others are done', async () => {
  const readers = await Promise.all(
    Array.from({ length: 140 }, async () => readChunks(await open(path), 0, sizeBytes - 1)),
  );
  const pieces: number[] = [];
  for (const reader of readers) pieces.push((await reader.next()).value?.length ?? 0);
  expect(pieces).toEqual([...Array(128).fill(chunkBytes), ...Array(12).fill(32 * 1024)]);
  const rest = Buffer.concat([
    content.subarray(0, 32 * 1024),
    await collect(readers.at(-1) ?? readChunks(handle, 0, 0)),
  ]);
  expect(rest.equals(content)).toBe(true);
  for (const reader of readers) await reader.return?.();
  const next = readChunks(handle, 0, sizeBytes - 1);
  expect((await next.next()).value?.length).toBe(chunkBytes);
  await next.return?.();
});

test('stopping early closes the file, before the first chunk and behind it', async () => {
  await readChunks(handle, 0, sizeBytes - 1).return?.();
  expect(isOpen()).toBe(false);
  handle = await open(path);
  for await (const _ of readChunks(handle, 0, sizeBytes - 1)) break;
  expect(isOpen()).toBe(false);
});

test('a file that is shorter than it was ends early', async () => {
  await truncate(path, chunkBytes + 7);
  expect((await collect(readChunks(handle, 0, sizeBytes - 1))).length).toBe(chunkBytes + 7);
  expect(isOpen()).toBe(false);
});

test('a failure is told to whoever reads, and the file is closed', async () => {
  await handle.close();
  handle = await open(directory);
  await expect(collect(readChunks(handle, 0, sizeBytes - 1))).rejects.toMatchObject({ code: 'EISDIR' });
  expect(isOpen()).toBe(false);
});
