/** Flushing directories: shared by those who wait, and never by somebody whose entry may have come too late. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { hasNames, isDirectory, syncDirectory } from '../../../registry/disk/durable-file.ts';
import { countFileRequests } from './file-requests.ts';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'durable-file-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('many who flush a directory at once share two flushes: the one under way, and one that began after all of them', async () => {
  const { count } = await countFileRequests(() =>
    Promise.all(Array.from({ length: 20 }, () => syncDirectory(directory))),
  );
  expect(count).toBe(2);
});

test('one behind the other each flushes for itself', async () => {
  const { count } = await countFileRequests(async () => {
    for (let at = 0; at < 3; at += 1) await syncDirectory(directory);
  });
  expect(count).toBe(3);
});

test('who comes while a flush is under way is served by one that begins later', async () => {
  const order: string[] = [];
  const first = syncDirectory(directory).then(() => order.push('first'));
  const second = syncDirectory(directory).then(() => order.push('second'));
  const third = syncDirectory(directory).then(() => order.push('third'));
  await Promise.all([first, second, third]);
  expect(order).toEqual(['first', 'second', 'third']);
});

test('directories do not wait for each other', async () => {
  const other = await mkdtemp(join(directory, 'other-'));
  const { count } = await countFileRequests(() => Promise.all([syncDirectory(directory), syncDirectory(other)]));
  expect(count).toBe(2);
});

test('a flush that fails is told to each who shares it, and the next one begins anew', async () => {
  const gone = join(directory, 'gone');
  const outcomes = await Promise.allSettled([syncDirectory(gone), syncDirectory(gone), syncDirectory(gone)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expect(syncDirectory(gone)).rejects.toMatchObject({ code: 'ENOENT' });
});

test('a directory has names or none, however large it has become', async () => {
  const names = Array.from({ length: 300 }, (_, at) => join(directory, String(at).padStart(64, '0')));
  for (const name of names) await writeFile(name, '');
  expect(await hasNames(directory)).toBe(true);
  for (const name of names) await rm(name);
  expect(await hasNames(directory)).toBe(false);
});

test('a directory has names or none, and what is absent or a file is none', async () => {
  expect(await hasNames(directory)).toBe(false);
  await writeFile(join(directory, 'file'), '');
  expect([await hasNames(directory), await hasNames(join(directory, 'file'))]).toEqual([true, false]);
  expect(await hasNames(join(directory, 'absent'))).toBe(false);
  expect([await isDirectory(directory), await isDirectory(join(directory, 'file'))]).toEqual([true, false]);
  expect(await isDirectory(join(directory, 'absent'))).toBe(false);
});
