/** The demo on this machine: with its container tools and without any, to its end and broken off. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanEnvironment } from './clean-environment.ts';
import { leftProcesses } from './left-processes.ts';
import { openScratchDirectory, type ScratchDirectory } from './scratch-directory.ts';
import { waitUntil } from './wait-until.ts';

const entry = fileURLToPath(new URL('../../cli/main.ts', import.meta.url));

let scratch: ScratchDirectory;
beforeEach(async () => {
  scratch = await openScratchDirectory('demo-test');
  for (const name of ['tmp', 'home', 'cwd', 'bin']) await mkdir(join(scratch.path, name));
});
afterEach(() => scratch.close());

interface Played {
  readonly exitCode: unknown;
  readonly output: string;
}

/** Something to do to the demo as soon as it prints the text. */
interface Meddling {
  readonly at: string;
  meddle(pid: number): void;
}

/** Plays the demo to its end. */
async function play(path: string, meddling?: Meddling): Promise<Played> {
  const below = (name: string) => join(scratch.path, name);
  const child = spawn(process.execPath, [entry, 'demo'], {
    cwd: below('cwd'),
    env: cleanEnvironment({ PATH: path, TMPDIR: below('tmp'), HOME: below('home') }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'close');
  let output = '';
  let due = meddling;
  const keep = (chunk: unknown) => {
    output += chunk;
    if (due === undefined || !output.includes(due.at)) return;
    due.meddle(child.pid ?? 0);
    due = undefined;
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [exitCode] = await gone;
  return { exitCode, output };
}

/** A PATH with Redis and Node, and no container tool. */
async function barePath(): Promise<string> {
  const bin = join(scratch.path, 'bin');
  await symlink(execFileSync('which', ['redis-server'], { encoding: 'utf8' }).trim(), join(bin, 'redis-server'));
  await symlink(process.execPath, join(bin, 'node'));
  return bin;
}

async function expectNothingLeft(): Promise<void> {
  // A container tool's helper may need a moment to notice that it is alone.
  await waitUntil('every process is gone', async () => leftProcesses(scratch.path).length === 0, 10_000).catch(
    () => undefined,
  );
  expect(leftProcesses(scratch.path)).toEqual([]);
  for (const name of ['tmp', 'home', 'cwd']) expect(await readdir(join(scratch.path, name))).toEqual([]);
}

function expectGoodEnd({ exitCode, output }: Played): void {
  expect(output).toMatch(/^done in /m);
  expect(exitCode).toBe(0);
  const [, end = ''] = output.split('[9/9]');
  expect(end).toMatch(/^ *web +1\.1\.0 +\w{12} +1\.1\.0 +\w{12} +1\.0\.0 +\w{12} *$/m);
}

describe('the demo takes two releases to production and one back, and leaves neither process nor file', () => {
  test('with the container tools of this machine', async () => {
    const played = await play(process.env['PATH'] ?? '');
    expectGoodEnd(played);
    expect(played.output).toContain('with buildah');
    await expectNothingLeft();
  });

  test('without any container tool', async () => {
    let running: readonly string[] = [];
    const look = () => {
      running = leftProcesses(scratch.path);
    };
    const played = await play(await barePath(), { at: '[4/9]', meddle: look });
    expectGoodEnd(played);
    // So that finding nothing afterwards means something: itself, registry, Redis and its keeper, API and worker.
    expect(running.length).toBeGreaterThanOrEqual(6);
    expect(played.output).toContain('without any container tool');
    await expectNothingLeft();
  });
});

describe('a demo that is interrupted', () => {
  test.each([
    { when: 'while it starts its parts', at: '[1/9]' },
    { when: 'while it builds', at: '[2/9]' },
    { when: 'while it promotes', at: '[4/9]' },
    { when: 'while it rolls back', at: '[8/9]' },
  ])('$when leaves neither process nor file', async ({ at }) => {
    const { exitCode, output } = await play(process.env['PATH'] ?? '', {
      at,
      meddle: (pid) => process.kill(pid, 'SIGINT'),
    });
    expect(output).toContain('interrupted');
    expect(exitCode).toBe(130);
    await expectNothingLeft();
  });
});
