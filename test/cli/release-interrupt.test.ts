/** Ctrl-C while a release builds: the builder ends, and nothing is left. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { waitUntil } from '../e2e/wait-until.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../registry/registry-under-test.ts';
import { openReleaseSite, type ReleaseSite } from './release-site.ts';

let registry: RegistryUnderTest;
let site: ReleaseSite;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
});
afterAll(() => registry.close());
beforeEach(async () => {
  site = await openReleaseSite(registry);
});
afterEach(async () => {
  // Nothing runs any more, unless the test failed.
  for (const pid of started.splice(0).filter(isRunning)) process.kill(pid, 'SIGKILL');
  await site.close();
});

const started: number[] = [];

const program = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

/** A `buildah` that begins, says so, and never comes to an end by itself. */
async function openEndlessBuilder(): Promise<string> {
  const directory = join(site.directory, 'bin');
  await mkdir(directory);
  const script =
    '#!/bin/sh\n[ "$1" = build ] || exit 0\nsleep 1000 &\necho "$$ $!" > pids.new; mv pids.new pids\nwait\n';
  await writeFile(join(directory, 'buildah'), script);
  await chmod(join(directory, 'buildah'), 0o755);
  return `${directory}:${process.env['PATH']}`;
}

/** Whether the process is there and has not ended; one that nobody waits for stays in the list for a while. */
function isRunning(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  return /^[^Z]/.test(stdout.trim());
}

it.each(['SIGINT', 'SIGTERM'] as const)(
  '%s ends the builder and whatever it started, and leaves no file',
  async (signal) => {
    const path = await openEndlessBuilder();
    const words = ['release', '--version', '1.0.0', '--images', site.image, '--builder', 'buildah'];
    const child = spawn(process.execPath, [program, ...words], {
      cwd: site.directory,
      env: { ...site.env, PATH: path },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    if (child.pid !== undefined) started.push(child.pid);
    let talk = '';
    child.stderr.on('data', (chunk: Buffer) => {
      talk += chunk.toString();
    });
    const ended = once(child, 'exit');
    const endedEarly = ended.then(() => Promise.reject(new Error(`it ended before it built: ${talk}`)));
    endedEarly.catch(() => undefined);
    const readPids = () => readFile(join(site.directory, 'pids'), 'utf8').catch(() => '');
    await Promise.race([waitUntil('the builder begins', async () => (await readPids()) !== ''), endedEarly]);
    const pids = (await readPids()).trim().split(' ').map(Number);
    started.push(...pids);
    expect(pids.filter(isRunning)).toHaveLength(2);
    expect(await readdir(site.temporary)).not.toEqual([]);
    child.kill(signal);
    const [exitCode] = await ended;
    expect(exitCode).toBe(130);
    // Both have closed their outputs, which was waited for, and may be about to end.
    await expect.poll(() => pids.filter(isRunning)).toEqual([]);
    expect(await readdir(site.temporary)).toEqual([]);
    expect(await site.digestOf('1.0.0')).toBeUndefined();
  },
);
