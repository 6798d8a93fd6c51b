/** kill -9 in the middle of a backup, and of a restore: run again, each ends as if nothing had been. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { contentOf, imageOf, layerOf } from '../../oci/content.ts';
import { openRegistryUnderTest, temporaryDirectory } from '../registry-under-test.ts';
import { type Everything, everythingIn } from './everything-in.ts';

const program = fileURLToPath(new URL('../../../cli/main.ts', import.meta.url));
const layers = 150;
const layerBytes = 300_000;

/** At how many files it is killed: far from the end, which it may come to while whoever looks has to wait for his turn. */
const killedAt = [1, 30, 60];

let scratch: string;
let everything: Everything;
const below = (name: string) => join(scratch, name);

beforeEach(async () => {
  scratch = await temporaryDirectory();
  const registry = await openRegistryUnderTest({ directory: below('data') });
  const contents = Array.from({ length: layers }, (_, at) =>
    contentOf(layerOf('').descriptor.mediaType, Buffer.alloc(layerBytes, `layer ${at}`)),
  );
  const { manifest, config } = imageOf(
    'large',
    contents.map(({ descriptor }) => descriptor),
  );
  await registry.push('team/large', ...contents, config, manifest);
  await registry.tag('team/large', '1.0.0', manifest);
  everything = await everythingIn(registry);
  await registry.close();
});

afterEach(() => rm(scratch, { recursive: true }));

function start(...words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [program, 'registry', ...words], { stdio: 'ignore' });
}

async function run(...words: readonly string[]): Promise<number | null> {
  const child = start(...words);
  await once(child, 'exit');
  return child.exitCode;
}

async function filesBelow(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile() && /^[a-f0-9]{64}$/.test(entry.name)).length;
}

/** Kills the command when so many files are there; true when it was still at work. */
async function killAt(files: number, directory: string, ...words: readonly string[]): Promise<boolean> {
  const child = start(...words);
  const ended = once(child, 'exit');
  while (child.exitCode === null && (await filesBelow(directory)) < files);
  const killed = child.kill('SIGKILL');
  await ended;
  return killed && child.signalCode === 'SIGKILL';
}

async function expectRestored(): Promise<void> {
  const restored = await openRegistryUnderTest({ directory: below('new') });
  expect(await everythingIn(restored)).toEqual(everything);
  await restored.close();
}

test('a backup that is killed again and again goes on where it was', async () => {
  const backup = ['backup', below('backup'), '--data', below('data'), '--copy'];
  for (const files of killedAt) {
    expect(await killAt(files, below('backup/content'), ...backup)).toBe(true);
    expect(await run('restore', below('backup'), '--data', below('none'))).toBe(4);
  }
  const before = await filesBelow(below('backup/content'));
  expect(before).toBeGreaterThan(50);
  expect(await run(...backup)).toBe(0);
  expect(await run('restore', below('backup'), '--data', below('new'))).toBe(0);
  await expectRestored();
});

test('a restore that is killed again and again leaves no registry, and the next one makes it whole', async () => {
  expect(await run('backup', below('backup'), '--data', below('data'))).toBe(0);
  const restore = ['restore', below('backup'), '--data', below('new'), '--copy'];
  for (const files of killedAt) {
    expect(await killAt(files, below('new/registry.restoring/content'), ...restore)).toBe(true);
    expect(await readdir(below('new'))).toEqual(['registry.restoring']);
  }
  expect(await run(...restore)).toBe(0);
  expect(await readdir(below('new'))).toEqual(['registry']);
  await expectRestored();
});

test('a tar file that is killed leaves nothing of that name, and the next one is whole', async () => {
  const backup = ['backup', below('backup.tar'), '--data', below('data')];
  const child = start(...backup);
  const ended = once(child, 'exit');
  while (child.exitCode === null && !(await readdir(scratch)).includes('backup.tar.partial'));
  child.kill('SIGKILL');
  await ended;
  expect(await readdir(scratch)).not.toContain('backup.tar');
  expect(await run(...backup)).toBe(0);
  expect((await readdir(scratch)).filter((name) => name.startsWith('backup'))).toEqual(['backup.tar']);
  expect(await run('restore', below('backup.tar'), '--data', below('new'))).toBe(0);
  await expectRestored();
});
