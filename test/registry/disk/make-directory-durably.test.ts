/** Making a directory where the machine says: whole and flushed, or refused, and soon. */
import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeDirectoryDurably } from '../../../registry/disk/make-directory-durably.ts';
import { countFileRequests } from './file-requests.ts';

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));

/** Milliseconds after which a program that does not end is killed. */
const endsWithinMs = 20_000;

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'make-directory-'));
});

afterEach(() => rm(directory, { recursive: true }));

test('a directory is made with those above it, each for its owner alone, and each is flushed where it was made', async () => {
  const path = join(directory, 'a', 'b', 'c');
  const { count } = await countFileRequests(() => makeDirectoryDurably(path));
  // Two attempts that find nothing to make it in, three that make one, three flushes.
  expect(count).toBe(8);
  const modes = ['a', 'a/b', 'a/b/c'].map(async (name) => (await stat(join(directory, name))).mode & 0o777);
  expect(await Promise.all(modes)).toEqual([0o700, 0o700, 0o700]);
});

test('many who make the same directories at once all find them made', async () => {
  const path = join(directory, 'a', 'b', 'c');
  await Promise.all(Array.from({ length: 20 }, () => makeDirectoryDurably(path)));
  expect((await stat(path)).isDirectory()).toBe(true);
});

test('a link to a directory is one, and a file in its place is refused', async () => {
  await mkdir(join(directory, 'there'));
  await symlink(join(directory, 'there'), join(directory, 'link'));
  await makeDirectoryDurably(join(directory, 'link'));
  await writeFile(join(directory, 'file'), '');
  await expect(makeDirectoryDurably(join(directory, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(makeDirectoryDurably(join(directory, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.each([
  ['serve', ['serve', '--registry-only', '--port', '0', '--data', '/proc/none/deep'], 'DATA_DIRECTORY_UNUSABLE'],
  ['restore', ['registry', 'restore', 'backup', '--data', '/proc/none'], 'DISK_UNUSABLE'],
  ['backup', ['registry', 'backup', '/proc/none', '--data', '.'], 'DISK_UNUSABLE'],
  ['import', ['registry', 'import', 'distribution', '--data', '/proc/none'], 'DATA_DIRECTORY_UNUSABLE'],
])('%s ends where the system makes no directory', async (_, words, code) => {
  await mkdir(join(directory, 'registry'));
  await writeFile(join(directory, 'registry', 'schema.json'), '{"schema":1}');
  for (const name of ['blobs', 'repositories']) await mkdir(join(directory, 'distribution', name), { recursive: true });
  const options = { cwd: directory, encoding: 'utf8', timeout: endsWithinMs, killSignal: 'SIGKILL' } as const;
  const { status, stderr } = spawnSync(process.execPath, [program, ...words], options);
  expect([status, stderr]).toEqual([2, expect.stringContaining(`error ${code}: `)]);
});
