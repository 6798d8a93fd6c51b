import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pickSteadyPort } from '../steady-port.ts';
import { commandLineOf, descendantsOf, eventually, isAlive } from './process/processes.ts';
import { openScratchRedis } from './redis/scratch-redis.ts';

const entry = fileURLToPath(new URL('../../service/main.ts', import.meta.url));
let dataDirectory: string;
let pids: number[];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'service-main-'));
  pids = [];
});

afterEach(async () => {
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
});

interface Started {
  readonly process: ChildProcess;
  readonly line: Record<string, unknown>;
  /** The log so far, parsed. */
  readonly log: readonly Record<string, unknown>[];
}

/** Starts `node service/main.ts` and resolves with the one line it prints on stdout. */
async function startMain(part: string, environment: Record<string, string> = {}): Promise<Started> {
  const main = spawn(process.execPath, [entry, part], {
    env: {
      PATH: process.env['PATH'] ?? '',
      REGISTRY_ACTION_DATA: dataDirectory,
      REGISTRY_ACTION_API_PORT: '0',
      REGISTRY_ACTION_REGISTRY_PORT: '0',
      REGISTRY_ACTION_LOG_LEVEL: 'info',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  pids.push(main.pid ?? 0);
  const log: Record<string, unknown>[] = [];
  createInterface({ input: main.stderr }).on('line', (line) => log.push(JSON.parse(line)));
  const lines = createInterface({ input: main.stdout });
  const [line] = await Promise.race([once(lines, 'line'), once(lines, 'close').then(() => ['{}'])]);
  pids.push(...descendantsOf(main.pid ?? 0));
  return { process: main, line: JSON.parse(line), log };
}

async function readToken(name: string): Promise<string> {
  return (await readFile(join(dataDirectory, name), 'utf8')).trim();
}

/** Starts all of it on ports that stay its own while it is down, or a part of it. */
async function startOnSteadyPorts() {
  const ports = {
    REGISTRY_ACTION_API_PORT: String(await pickSteadyPort()),
    REGISTRY_ACTION_REGISTRY_PORT: String(await pickSteadyPort()),
  };
  const registryUrl = `http://127.0.0.1:${ports.REGISTRY_ACTION_REGISTRY_PORT}`;
  return { ports, registryUrl, started: await startMain('all', ports) };
}

function pidOf(part: string): number {
  return pids.filter(isAlive).find((pid) => commandLineOf(pid).includes(part)) ?? 0;
}

test('everything starts with no configuration, survives a killed registry, and SIGTERM ends all of it', async () => {
  const { started, registryUrl } = await startOnSteadyPorts();
  const url = String(started.line['listening']);
  const token = await readToken('admin.token');
  const bearer = { headers: { authorization: `Bearer ${token}` } };
  const basic = { headers: { authorization: `Basic ${btoa(`admin:${token}`)}` } };
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect((await fetch(`${url}/api/v1/status`)).status).toBe(401);
  expect(await (await fetch(`${url}/api/v1/status`, bearer)).json()).toMatchObject({
    environments: ['dev', 'staging', 'production'],
  });
  expect((await fetch(`${registryUrl}/v2/`, basic)).status).toBe(200);

  const secrets = [token, await readToken('service.token')];
  const everyLine = pids.map(commandLineOf).join('\n');
  expect(everyLine).toMatch(/redis-server/);
  for (const secret of secrets) expect(everyLine + JSON.stringify(started.log)).not.toContain(secret);

  const registry = pidOf('registry/main.ts');
  process.kill(registry, 'SIGKILL');
  await eventually('the registry answers again', async () => {
    const answer = await fetch(`${registryUrl}/v2/`, basic).catch(() => undefined);
    return answer?.status === 200;
  });
  await eventually('both are logged', () => /part-exited.*part-restarted/.test(JSON.stringify(started.log)));
  expect((await fetch(`${url}/readyz`)).status).toBe(200);

  pids.push(...descendantsOf(started.process.pid ?? 0));
  started.process.kill('SIGTERM');
  expect(await once(started.process, 'exit')).toEqual([0, null]);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a service killed with -9 leaves nothing, and the next one finds everything as it was', async () => {
  const { started: first, ports, registryUrl } = await startOnSteadyPorts();
  const token = await readToken('admin.token');
  first.process.kill('SIGKILL');
  const before = [...pids];
  const second = await startMain('all', ports);
  expect(second.line).toEqual(first.line);
  await eventually('every process of the first is gone', () => !before.some(isAlive));
  expect(await readToken('admin.token')).toBe(token);
  const answer = await fetch(`${registryUrl}/v2/`, { headers: { authorization: `Basic ${btoa(`x:${token}`)}` } });
  expect(answer.status).toBe(200);
});

test('a registry that holds its directory already is told as such', async () => {
  const registry = spawn(process.execPath, [fileURLToPath(new URL('../../registry/main.ts', import.meta.url))], {
    env: { REGISTRY_ACTION_DATA: dataDirectory, REGISTRY_ACTION_REGISTRY_PORT: '0' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  pids.push(registry.pid ?? 0);
  await once(createInterface({ input: registry.stdout }), 'line');
  const started = await startMain('all');
  expect(started.line).toMatchObject({ failed: { code: 'DATA_DIRECTORY_IN_USE' } });
  await eventually('it is gone', () => !isAlive(started.process.pid ?? 0));
});

test.each(['api', 'worker'])('the %s on its own refuses a Redis that may throw keys away', async (part) => {
  const lossy = await openScratchRedis(['maxmemory-policy allkeys-lru']);
  const started = await startMain(part, {
    REDIS_URL: lossy.url,
    REGISTRY_ACTION_EMBEDDED_URL: 'http://127.0.0.1:1',
  });
  expect(started.line).toMatchObject({
    failed: { code: 'REDIS_POLICY', wayOut: expect.stringContaining('CONFIG SET maxmemory-policy noeviction') },
  });
  await eventually('it is gone', () => !isAlive(started.process.pid ?? 0));
  await lossy.close();
});

test.each([
  ['without REDIS_URL', 'api', { REGISTRY_ACTION_EMBEDDED_URL: 'http://127.0.0.1:1' }, 'REDIS_URL_INVALID'],
  ['without any registry', 'worker', { REDIS_URL: 'redis://127.0.0.1:1' }, 'CONFIG_INVALID'],
])('a part %s says what is missing', async (_, part, environment, code) => {
  const started = await startMain(part, environment);
  expect(started.line).toMatchObject({ failed: { code, wayOut: expect.any(String) } });
});

test.each([
  ['an unknown part', 'everything', {}],
  ['a port that is none', 'api', { REGISTRY_ACTION_API_PORT: '70000' }],
  ['a level that is none', 'api', { REGISTRY_ACTION_LOG_LEVEL: 'loud' }],
])('%s is refused with exit code 2', async (_, part, environment) => {
  const started = await startMain(part, environment);
  await eventually('it is gone', () => started.process.exitCode !== null);
  expect(started.process.exitCode).toBe(2);
  await eventually('the reason is logged', () => JSON.stringify(started.log).includes('REQUEST_INVALID'));
});
