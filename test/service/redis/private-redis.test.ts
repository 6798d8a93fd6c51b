import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { connectRedis } from '../../../service/redis/connection.ts';
import { openPrivateRedis, type PrivateRedis } from '../../../service/redis/private-redis.ts';
import { commandLineOf, descendantsOf, eventually, isAlive } from '../process/processes.ts';
import { openScratchRedis } from './scratch-redis.ts';

const password = 'pr1vate';
const entry = fileURLToPath(new URL('../../../service/redis/main.ts', import.meta.url));
let directory: string;
const opened: PrivateRedis[] = [];
const owners: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'private-redis-'));
});

afterEach(async () => {
  await Promise.all(opened.splice(0).map((redis) => redis.close()));
  for (const owner of owners.splice(0)) {
    for (const pid of [...descendantsOf(owner.pid ?? 0), owner.pid ?? 0].filter(isAlive)) process.kill(pid, 'SIGKILL');
  }
  await rm(directory, { recursive: true, force: true });
});

async function open(port = 0): Promise<PrivateRedis> {
  const redis = await openPrivateRedis({ directory, port, password });
  opened.push(redis);
  return redis;
}

async function withRedis<Answer>(url: string, use: (redis: Redis) => Promise<Answer>): Promise<Answer> {
  const redis = await connectRedis(url.replace('redis://', `redis://:${password}@`), 'producer');
  try {
    return await use(redis);
  } finally {
    redis.disconnect();
  }
}

interface Owner {
  readonly process: ChildProcess;
  readonly line: Record<string, unknown>;
  readonly serverPid: number;
}

/** Starts the process that owns redis-server, and resolves with the line it prints. */
async function startOwner(environment: Record<string, string> = {}): Promise<Owner> {
  const owner = spawn(process.execPath, [entry], {
    env: {
      PATH: process.env['PATH'] ?? '',
      REGISTRY_ACTION_SUPERVISED: '1',
      REGISTRY_ACTION_LOG_LEVEL: 'silent',
      REGISTRY_ACTION_REDIS_DIRECTORY: directory,
      REGISTRY_ACTION_REDIS_PASSWORD: password,
      ...environment,
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  owners.push(owner);
  const [line] = await once(createInterface({ input: owner.stdout }), 'line');
  return { process: owner, line: JSON.parse(line), serverPid: descendantsOf(owner.pid ?? 0)[0] ?? 0 };
}

test('the private Redis writes every change to disk, evicts nothing and asks for its password', async () => {
  const { url } = await open();
  const settings = await withRedis(url, async (redis) => {
    const names = ['appendonly', 'appendfsync', 'maxmemory-policy', 'save', 'bind', 'requirepass'];
    return Promise.all(names.map(async (name) => (await redis.config('GET', name)) as string[]));
  });
  expect(Object.fromEntries(settings)).toEqual({
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    save: '',
    bind: '127.0.0.1',
    requirepass: password,
  });
  await expect(connectRedis(url, 'producer')).rejects.toMatchObject({ code: 'REDIS_DENIED' });
});

test('what was acknowledged is still there after the server was killed', async () => {
  const first = await open();
  await withRedis(first.url, (redis) => redis.set('k', 'v'));
  first.kill();
  await first.gone;
  const second = await open();
  expect(await withRedis(second.url, (redis) => redis.get('k'))).toBe('v');
});

test('its directory is for its owner only', async () => {
  directory = join(directory, 'deep', 'redis');
  await open();
  expect((await stat(directory)).mode & 0o777).toBe(0o700);
  expect((await stat(join(directory, 'running.json'))).mode & 0o777).toBe(0o600);
});

test('another Redis on the same port is not mistaken for it', async () => {
  const other = await openScratchRedis();
  await expect(open(other.port)).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
  await other.close();
});

test('redis-server ends when the standard input of its owner closes', async () => {
  const owner = await startOwner();
  expect(owner.line).toEqual({ listening: expect.stringMatching(/^redis:\/\/127\.0\.0\.1:\d+$/) });
  expect(isAlive(owner.serverPid)).toBe(true);
  owner.process.stdin?.end();
  expect(await once(owner.process, 'exit')).toEqual([0, null]);
  expect(isAlive(owner.serverPid)).toBe(false);
});

test('a redis-server left behind by a killed owner is ended before the next one starts, and nothing is lost', async () => {
  const owner = await startOwner();
  await withRedis(String(owner.line['listening']), (redis) => redis.set('k', 'v'));
  owner.process.kill('SIGKILL');
  await once(owner.process, 'exit');
  expect(isAlive(owner.serverPid)).toBe(true);
  const next = await open();
  expect(isAlive(owner.serverPid)).toBe(false);
  expect(await withRedis(next.url, (redis) => redis.get('k'))).toBe('v');
});

test('a note about a process that is another one by now ends nobody', async () => {
  const bystander = spawn('sleep', ['60']);
  const note = { pid: bystander.pid, started: 'in another life' };
  await writeFile(join(directory, 'running.json'), JSON.stringify(note));
  await open();
  expect(isAlive(bystander.pid ?? 0)).toBe(true);
  bystander.kill('SIGKILL');
});

test('its owner ends with 70 when redis-server dies', async () => {
  const owner = await startOwner();
  process.kill(owner.serverPid, 'SIGKILL');
  expect(await once(owner.process, 'exit')).toEqual([70, null]);
});

test('neither command line shows the password', async () => {
  const owner = await startOwner();
  const lines = [owner.process.pid ?? 0, owner.serverPid].map(commandLineOf);
  expect(lines.join(' ')).toMatch(/redis-server/);
  expect(lines.join(' ')).not.toContain(password);
});

test('a missing redis-server is told as such, with the command that installs it', async () => {
  const owner = await startOwner({ PATH: '/nonexistent' });
  expect(owner.line).toMatchObject({
    failed: { code: 'REDIS_MISSING', wayOut: expect.stringContaining('apt-get install redis-server') },
  });
  if (owner.process.exitCode === null) await once(owner.process, 'exit');
  expect(owner.process.exitCode).toBe(2);
  await eventually('the owner is gone', () => !isAlive(owner.process.pid ?? 0));
});
