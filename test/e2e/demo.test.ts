/** The demo on this machine: with its container tools and without any, to its end and broken off. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { cleanEnvironment } from './clean-environment.ts';
import { openContainerTools } from './container-tools.ts';
import { dockerProgram, openDockerDaemon } from './docker-daemon.ts';
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

interface Playing {
  readonly builder?: string;
  /** Beside what every demo here is told. */
  readonly env?: NodeJS.ProcessEnv;
  /** As soon as the demo prints `at`, this is done to it. */
  readonly at?: string;
  readonly meddle?: (pid: number, output: string) => void;
}

/** Plays the demo to its end. */
async function play({ builder, env = {}, at, meddle }: Playing = {}): Promise<Played> {
  const below = (name: string) => join(scratch.path, name);
  const words = builder === undefined ? [] : ['--builder', builder];
  const child = spawn(process.execPath, [entry, 'demo', ...words], {
    cwd: below('cwd'),
    env: cleanEnvironment({ TMPDIR: below('tmp'), HOME: below('home'), ...env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const gone = once(child, 'close');
  let output = '';
  let isDue = at !== undefined;
  const keep = (chunk: unknown) => {
    output += chunk;
    if (!isDue || !output.includes(at ?? '')) return;
    isDue = false;
    meddle?.(child.pid ?? 0, output);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const [exitCode] = await gone;
  return { exitCode, output };
}

interface PlayedAndRun extends Played {
  /** What ran while it stood still. */
  readonly processes: readonly string[];
  readonly ran: Promise<readonly string[]>;
}

/**
 * Plays it, and runs what it has brought to production while it stands still before its last step: registry and service
 * are processes of their own. Answers what the container said of itself, and what its page says.
 */
async function playAndRun(playing: Playing): Promise<PlayedAndRun> {
  let processes: readonly string[] = [];
  const ran = Promise.withResolvers<readonly string[]>();
  ran.promise.catch(() => undefined);
  const played = await play({
    ...playing,
    at: '[9/9]',
    meddle: (pid, output) => {
      process.kill(pid, 'SIGSTOP');
      processes = leftProcesses(scratch.path);
      void runProduction(output)
        .then(ran.resolve, ran.reject)
        .finally(() => process.kill(pid, 'SIGCONT'));
    },
  });
  ran.reject(new Error(`the demo never came to its last step: ${played.output}`));
  return { ...played, processes, ran: ran.promise };
}

/** Pulls the image that production is on, by podman with the demo's own token, and starts it as anybody would. */
async function runProduction(output: string): Promise<readonly string[]> {
  const host = /registry (127\.0\.0\.1:\d+)/.exec(output)?.[1] ?? '';
  const [demo = ''] = await readdir(join(scratch.path, 'tmp'));
  const token = (await readFile(join(scratch.path, 'tmp', demo, 'data', 'admin.token'), 'utf8')).trim();
  const tools = await openContainerTools(join(scratch.path, 'tools'));
  try {
    const login = ['login', '--tls-verify=false', '--username', 'admin', '--password-stdin', host];
    await tools.run('podman', login, token);
    const image = `${host}/production/web:production`;
    await tools.run('podman', ['pull', '--quiet', '--tls-verify=false', image]);
    const id = await tools.run('podman', ['run', '--detach', '--network=none', image]);
    try {
      const page = await waitUntil('its server answers', async () => {
        const asked = ['exec', id, '/bin/busybox', 'wget', '-q', '-O', '-', 'http://127.0.0.1:8080/'];
        const { code, stdout } = await tools.attempt('podman', asked);
        return code === 0 && stdout;
      });
      return [await tools.run('podman', ['logs', id]), page.trim()];
    } finally {
      await tools.attempt('podman', ['rm', '--force', '--time', '0', id]);
    }
  } finally {
    await tools.close();
  }
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
  await waitUntil('every process is gone', async () => leftProcesses(scratch.path).length === 0).catch(() => undefined);
  expect(leftProcesses(scratch.path)).toEqual([]);
  for (const name of ['tmp', 'home', 'cwd']) expect(await readdir(join(scratch.path, name))).toEqual([]);
}

function expectGoodEnd({ exitCode, output }: Played): void {
  expect(output).toMatch(/^done in /m);
  expect(exitCode).toBe(0);
  const [, end = ''] = output.split('[9/9]');
  expect(end).toMatch(/^ *web +1\.1\.0 +\w{12} +1\.1\.0 +\w{12} +1\.0\.0 +\w{12} *$/m);
}

/** What runs in production after the rollback. */
const running = ['web 1.0.0 listens on port 8080', '<!doctype html>\n<title>web 1.0.0</title>\n<h1>web 1.0.0</h1>'];

describe('the demo takes two releases to production and one back, runs what it built, and leaves neither process nor file', () => {
  test.each(['buildah', 'podman'])('with %s', async (builder) => {
    const played = await playAndRun(builder === 'buildah' ? {} : { builder });
    expectGoodEnd(played);
    expect(played.output).toContain(`with ${builder} `);
    expect(played.output).not.toContain('does not work here');
    expect(await played.ran).toEqual(running);
    await expectNothingLeft();
  });

  test('with docker, whose daemon keeps nothing of it either', async () => {
    const elsewhere = await openScratchDirectory('demo-dockerd');
    const daemon = await openDockerDaemon(join(elsewhere.path, 'dockerd'));
    try {
      const path = `${dirname(dockerProgram)}:${process.env['PATH']}`;
      const played = await playAndRun({ builder: 'docker', env: { PATH: path, DOCKER_HOST: daemon.host } });
      expectGoodEnd(played);
      expect(played.output).toContain('with docker ');
      expect(played.output).not.toContain('does not work here');
      expect(await played.ran).toEqual(running);
      const kept = execFileSync(dockerProgram, ['--host', daemon.host, 'image', 'ls', '--all', '--quiet']);
      expect(kept.toString()).toBe('');
      await expectNothingLeft();
    } finally {
      await daemon.close();
      await elsewhere.close();
    }
  });

  test('without any container tool', async () => {
    const played = await playAndRun({ env: { PATH: await barePath() } });
    expectGoodEnd(played);
    expect(played.output).toContain('without any container tool');
    expect(await played.ran).toEqual(running);
    // So that finding nothing afterwards means something: itself, registry, Redis and its keeper, API and worker.
    expect(played.processes.length).toBeGreaterThanOrEqual(6);
    await expectNothingLeft();
  });
});

describe('a demo whose container tool does not work', () => {
  test('says so, and builds by itself', async () => {
    const bin = await barePath();
    await writeFile(join(bin, 'buildah'), '#!/bin/sh\n[ "$1" = --version ] || exit 125\n', { mode: 0o755 });
    await symlink('/bin/sh', join(bin, 'sh'));
    const played = await play({ env: { PATH: bin } });
    expectGoodEnd(played);
    expect(played.output).toContain('with buildah ');
    expect(played.output).toContain('buildah does not work here');
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
    const { exitCode, output } = await play({ at, meddle: (pid) => process.kill(pid, 'SIGINT') });
    expect(output).toContain('interrupted');
    expect(exitCode).toBe(130);
    await expectNothingLeft();
  });
});
