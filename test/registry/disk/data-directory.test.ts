/** Taking a data directory into use. */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openDataDirectory } from '../../../registry/disk/data-directory.ts';
import { codeOf } from '../../oci/code-of.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

let root: string;

beforeEach(async () => {
  root = join(await temporaryDirectory(), 'registry');
});

afterEach(() => rm(join(root, '..'), { recursive: true }));

/** Numbers above the largest a kernel gives out. */
const deadPid = 2 ** 22 + 1;

async function writeLock(text: string): Promise<void> {
  await mkdir(root, { recursive: true });
  await writeFile(join(root, 'registry.lock'), text);
}

describe('the lock', () => {
  test('keeps everybody else out until it is released', async () => {
    const directory = await openDataDirectory(root);
    expect(await codeOf(() => openDataDirectory(root))).toBe('DATA_DIRECTORY_IN_USE');
    await directory.close();
    await (await openDataDirectory(root)).close();
  });

  test('is left to the process that has it meanwhile', async () => {
    const directory = await openDataDirectory(root);
    await writeLock(JSON.stringify({ host: hostname(), pid: process.ppid }));
    await directory.close();
    expect(await codeOf(() => openDataDirectory(root))).toBe('DATA_DIRECTORY_IN_USE');
  });

  test('goes to one of many who come at once', async () => {
    const opened = await Promise.allSettled(Array.from({ length: 10 }, () => openDataDirectory(root)));
    expect(opened.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });

  const stale: [string, string][] = [
    ['of a process that died', JSON.stringify({ host: hostname(), pid: deadPid, started: 'x' })],
    [
      'of an earlier process with our number',
      JSON.stringify({ host: hostname(), pid: process.pid, started: 'earlier' }),
    ],
    ['that was cut off', '{"host":'],
    ['that is empty', ''],
  ];

  test.each(stale)('%s is taken over', async (_, text) => {
    await writeLock(text);
    const directory = await openDataDirectory(root);
    expect(JSON.parse(await readFile(join(root, 'registry.lock'), 'utf8'))).toMatchObject({ pid: process.pid });
    await directory.close();
    expect(await readdir(root)).toEqual(['content', 'repositories', 'schema.json', 'temporary']);
  });

  test('of a dead process goes to one of many who come at once', async () => {
    await writeLock(stale[0]?.[1] ?? '');
    const opened = await Promise.allSettled(Array.from({ length: 10 }, () => openDataDirectory(root)));
    expect(opened.filter(({ status }) => status === 'fulfilled').length).toBe(1);
  });

  test('of a dead process is free when another one died while taking it over', async () => {
    const text = stale[0]?.[1] ?? '';
    await writeLock(text);
    await writeFile(join(root, 'registry.lock.taking-over'), text);
    await (await openDataDirectory(root)).close();
    expect(await readdir(root)).toEqual(['content', 'repositories', 'schema.json', 'temporary']);
  });

  test.each([
    ['of a process that lives', { host: hostname(), pid: process.ppid }],
    ['of another host, by an older program,', { host: 'elsewhere', pid: deadPid }],
  ])('%s is respected', async (_, holder) => {
    await writeLock(JSON.stringify(holder));
    expect(await codeOf(() => openDataDirectory(root))).toBe('DATA_DIRECTORY_IN_USE');
  });
});

describe('the directory', () => {
  test('is for its owner alone', async () => {
    const directory = await openDataDirectory(root);
    expect(((await stat(root)).mode & 0o777).toString(8)).toBe('700');
    await directory.close();
  });

  test.each([
    ['a newer version', '{"schema":2}'],
    ['something else', 'hello'],
  ])('written by %s is refused, and not kept locked', async (_, text) => {
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'schema.json'), text);
    expect(await codeOf(() => openDataDirectory(root))).toBe('DATA_DIRECTORY_NEWER');
    expect(await readdir(root)).toEqual(['schema.json']);
  });

  test('gives out no place to write in once it is another’s', async () => {
    const directory = await openDataDirectory(root);
    expect(directory.temporaryPath()).toContain(root);
    await rm(join(root, 'registry.lock'));
    const successor = await openDataDirectory(root);
    expect(await codeOf(async () => directory.temporaryPath())).toBe('DATA_DIRECTORY_LOST');
    await directory.close();
    expect(successor.temporaryPath()).toContain(root);
    await successor.close();
  });

  test('is cleared of what was being written', async () => {
    await mkdir(join(root, 'temporary', 'nested'), { recursive: true });
    await writeFile(join(root, 'temporary', 'half'), 'half');
    await (await openDataDirectory(root)).close();
    expect(await readdir(join(root, 'temporary'))).toEqual([]);
  });
});
