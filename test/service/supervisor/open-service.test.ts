import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CodedError } from '../../../errors/errors.ts';
import { openAccessFile } from '../../../registry/access/access-file.ts';
import { openService, type RunningService } from '../../../service/supervisor/open-service.ts';
import type { ServiceEvent } from '../../../service/supervisor/service-event.ts';
import type { ServiceOptions } from '../../../service/supervisor/service-options.ts';
import { pickSteadyPort } from '../../steady-port.ts';
import { commandLineOf, descendantsOf, eventually, isAlive } from '../process/processes.ts';
import { openScratchRedis } from '../redis/scratch-redis.ts';

const plain = fileURLToPath(new URL('./plain-part.ts', import.meta.url));
let dataDirectory: string;
let events: ServiceEvent[];
const closers: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  dataDirectory = join(await mkdtemp(join(tmpdir(), 'service-')), 'data');
  events = [];
});

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
  await rm(join(dataDirectory, '..'), { recursive: true, force: true });
});

type Changes = Partial<ServiceOptions> & { readonly told?: Record<string, string> };

/** Starts with small parts in the place of registry, API and worker; `told` is added to their environment. */
async function start({ told, ...changes }: Changes = {}): Promise<RunningService> {
  const service = await openService({
    dataDirectory,
    host: '127.0.0.1',
    apiPort: 0,
    registryPort: 0,
    now: Date.now,
    environment: { PATH: process.env['PATH'], REGISTRY_ACTION_LOG_LEVEL: 'silent', ...told },
    entries: { registry: plain, service: plain },
    onEvent: (event) => events.push(event),
    ...changes,
  });
  closers.push(() => service.close());
  return service;
}

async function refusalOf(changes: Changes): Promise<CodedError> {
  const outcome = await start(changes).catch((error: unknown) => error);
  if (outcome instanceof CodedError) return outcome;
  throw new Error(`no refusal: ${String(outcome)}`);
}

async function listenSomewhere(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' ? (address?.port ?? 0) : 0;
}

function pidOf(part: string): number {
  const pids = events.flatMap((event) => ('pid' in event && event.part === part ? [event.pid] : []));
  return pids.at(-1) ?? 0;
}

function kinds(): readonly string[] {
  return events.map((event) => ('part' in event ? `${event.kind} ${event.part}` : event.kind));
}

test('with no configuration all four parts start on free ports, each a process of its own', async () => {
  const service = await start();
  expect(kinds().slice(0, 4).sort()).toEqual([
    'part-started api',
    'part-started redis',
    'part-started registry',
    'part-started worker',
  ]);
  expect(kinds().slice(4)).toEqual(['first-start', 'ready']);
  expect(new Set(['registry', 'redis', 'api', 'worker'].map(pidOf)).size).toBe(4);
  expect(events.at(-1)).toEqual({ kind: 'ready', apiUrl: service.apiUrl, registryUrl: service.registryUrl });
  expect((await fetch(`${service.apiUrl}/readyz`)).status).toBe(200);
  expect((await fetch(`${service.registryUrl}/`)).status).toBe(200);
});

test('a service whose directory another one has takes notice, and leaves the other’s lock when it closes', async () => {
  const service = await start();
  const lock = join(dataDirectory, 'serve.lock');
  const other = '{"host":"elsewhere","pid":1}';
  await rm(lock);
  await writeFile(lock, other);
  await eventually('it notices', () => service.lost.aborted);
  expect(service.lost.reason).toMatchObject({ code: 'DATA_DIRECTORY_LOST' });
  await service.close();
  expect(await readFile(lock, 'utf8')).toBe(other);
});

test('a start tells for how long it may have to wait for a process in another container', async () => {
  const lock = { host: 'elsewhere', pid: 1, started: 'boot:1', namespace: 'pid:[1]', beatMs: 100 };
  await mkdir(dataDirectory);
  await writeFile(join(dataDirectory, 'serve.lock'), JSON.stringify(lock));
  await start();
  expect(events[0]).toEqual({
    ...{ kind: 'warned', about: 'data directory' },
    message: 'waiting for a sign of life of process 1 on elsewhere, or 0.5 s without one',
  });
  expect(kinds()).toContain('ready');
});

test('closing ends every process, Redis last, and leaves the directory to the next', async () => {
  const service = await start({ workers: 2 });
  const pids = descendantsOf(process.pid).filter((pid) => commandLineOf(pid).match(/redis|plain-part/));
  expect(pids.length).toBeGreaterThanOrEqual(6);
  await Promise.all([service.close(), service.close()]);
  expect(pids.filter(isAlive)).toEqual([]);
  const closing = kinds().slice(kinds().indexOf('closing'));
  expect(closing.slice(1, 4).sort()).toEqual(['part-closed api', 'part-closed worker-1', 'part-closed worker-2']);
  expect(closing.slice(4)).toEqual(['part-closed registry', 'part-closed redis']);
  await start();
});

test('the first start leaves a private directory with both tokens, and only the first one tells the administrator’s', async () => {
  const first = await start();
  const modes = await Promise.all(
    ['.', 'admin.token', 'service.token', 'access.json', 'redis'].map(async (name) => {
      return [name, ((await stat(join(dataDirectory, name))).mode & 0o777).toString(8)];
    }),
  );
  expect(Object.fromEntries(modes)).toEqual({
    '.': '700',
    'admin.token': '600',
    'service.token': '600',
    'access.json': '600',
    redis: '700',
  });
  expect(JSON.parse(await readFile(join(dataDirectory, 'schema.json'), 'utf8'))).toEqual({ schema: 1 });
  const access = await openAccessFile(join(dataDirectory, 'access.json'));
  expect(await access.authenticate(undefined, first.adminToken ?? '')).toMatchObject({ role: 'admin' });
  const serviceToken = (await readFile(join(dataDirectory, 'service.token'), 'utf8')).trim();
  expect(await access.authenticate(undefined, serviceToken)).toEqual({ name: 'service', role: 'service' });
  expect((await readFile(join(dataDirectory, 'admin.token'), 'utf8')).trim()).toBe(first.adminToken);
  await first.close();
  expect((await start()).adminToken).toBeUndefined();
  expect((await access.listTokens()).map(({ name }) => name).sort()).toEqual(['admin', 'service']);
});

test('a first start that failed is repeated as a first start, with the same token', async () => {
  const port = await listenSomewhere();
  await refusalOf({ told: { TEST_API_FAULT: 'refuse' } });
  const kept = (await readFile(join(dataDirectory, 'admin.token'), 'utf8')).trim();
  expect(kinds()).not.toContain('first-start');
  await refusalOf({ apiPort: port });
  expect((await start()).adminToken).toBe(kept);
});

test('the API and the workers are told where everything is, the registry gets no secret of theirs', async () => {
  const service = await start({ told: { GHCR_TOKEN: 's3cr3t' } });
  const api = (await (await fetch(`${service.apiUrl}/environment`)).json()) as Record<string, string>;
  expect(api).toMatchObject({
    GHCR_TOKEN: 's3cr3t',
    REGISTRY_ACTION_DATA: dataDirectory,
    REGISTRY_ACTION_EMBEDDED_URL: service.registryUrl,
    REDIS_URL: expect.stringMatching(/^redis:\/\/:[0-9a-f]{48}@127\.0\.0\.1:\d+$/),
  });
  const registry = (await (await fetch(`${service.registryUrl}/environment`)).json()) as Record<string, string>;
  expect(registry).toMatchObject({ REGISTRY_ACTION_DATA: dataDirectory });
  expect(Object.keys(registry)).not.toContain('GHCR_TOKEN');
  expect(Object.keys(registry)).not.toContain('REDIS_URL');
});

test('no command line shows a secret', async () => {
  const service = await start();
  const { REDIS_URL: redisUrl = '' } = (await (await fetch(`${service.apiUrl}/environment`)).json()) as Record<
    string,
    string
  >;
  const secrets = [service.adminToken ?? '', new URL(redisUrl).password];
  for (const name of ['service.token', 'admin.token'])
    secrets.push((await readFile(join(dataDirectory, name), 'utf8')).trim());
  const lines = descendantsOf(process.pid).map(commandLineOf).join('\n');
  expect(lines).toContain('redis-server');
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(20);
    expect(lines).not.toContain(secret);
  }
});

test('a Redis of the user’s own is used, and no private one is started', async () => {
  const own = await openScratchRedis();
  closers.push(() => own.close());
  const service = await start({ redisUrl: own.url });
  expect(kinds()).not.toContain('part-started redis');
  expect(await (await fetch(`${service.apiUrl}/environment`)).json()).toMatchObject({ REDIS_URL: own.url });
});

test('the registry can run alone', async () => {
  const service = await start({ registryOnly: true });
  expect(kinds()).toEqual(['part-started registry', 'first-start', 'ready']);
  expect(service.apiUrl).toBeUndefined();
  expect((await fetch(`${service.registryUrl}/`)).status).toBe(200);
});

test('a configuration of other registries starts no embedded one, one that names it does', async () => {
  const configFile = join(dataDirectory, '..', 'registry-action.yaml');
  const written = (url: string) =>
    `registries: { embedded: { url: "${url}" } }\napps: { web: { repository: acme/web } }\n` +
    'environments: { dev: { registry: embedded, repository: "{repository}" } }\n';
  await writeFile(configFile, written('https://registry.example.com'));
  const without = await start({ configFile });
  expect(without.registryUrl).toBeUndefined();
  await without.close();
  const port = await pickSteadyPort();
  await writeFile(configFile, written(`http://127.0.0.1:${port}`));
  expect((await start({ configFile, registryPort: port })).registryUrl).toBe(`http://127.0.0.1:${port}`);
});

test.each([
  ['apiPort', '--api-port'],
  ['registryPort', '--registry-port'],
] as const)('a taken %s is refused with its number and %s', async (option, flag) => {
  const port = await listenSomewhere();
  const refusal = await refusalOf({ [option]: port });
  expect(refusal.code).toBe('PORT_TAKEN');
  expect(refusal.fields).toMatchObject({ port, flag });
  expect(refusal.wayOut).toContain(flag);
  expect(events.filter(({ kind }) => kind === 'part-started')).toEqual([]);
});

test('one port for both, and an address of another machine, are refused before anything starts', async () => {
  const port = await pickSteadyPort();
  expect((await refusalOf({ apiPort: port, registryPort: port })).code).toBe('PORT_TAKEN');
  expect((await refusalOf({ host: '203.0.113.7' })).code).toBe('ADDRESS_UNUSABLE');
  expect((await refusalOf({ host: '2001:db8::7', registryPort: port })).message).toContain(`[2001:db8::7]:${port}`);
  expect(events.filter(({ kind }) => kind === 'part-started')).toEqual([]);
});

test('a data directory of a newer version is refused, naming both versions, the directory and the way out', async () => {
  await (await start()).close();
  await writeFile(join(dataDirectory, 'schema.json'), '{"schema": 7}');
  const refusal = await refusalOf({});
  expect(refusal.code).toBe('DATA_DIRECTORY_NEWER');
  expect(refusal.fields).toEqual({ found: 7, known: 1 });
  expect(refusal.message).toContain(dataDirectory);
  expect(refusal.wayOut).toContain('--data');
});

test('a data directory in use is refused with the process that uses it', async () => {
  await start();
  const refusal = await refusalOf({});
  expect(refusal.code).toBe('DATA_DIRECTORY_IN_USE');
  expect(refusal.fields).toMatchObject({ pid: process.pid });
});

test('a data directory that cannot be created is refused', async () => {
  await writeFile(dataDirectory, 'a file');
  expect((await refusalOf({})).code).toBe('DATA_DIRECTORY_UNUSABLE');
});

test('a Redis that may throw keys away is refused before API and workers start', async () => {
  const lossy = await openScratchRedis(['maxmemory-policy allkeys-lru']);
  closers.push(() => lossy.close());
  const refusal = await refusalOf({ redisUrl: lossy.url });
  expect(refusal.code).toBe('REDIS_POLICY');
  expect(refusal.wayOut).toContain('CONFIG SET maxmemory-policy noeviction');
  expect(kinds().join()).not.toMatch(/part-started (api|worker)/);
});

test('a Redis that tells little is used with a warning', async () => {
  const quiet = await openScratchRedis(['user default on nopass ~* &* +@all -info -config']);
  closers.push(() => quiet.close());
  await start({ redisUrl: quiet.url });
  expect(events).toContainEqual(expect.objectContaining({ kind: 'warned', about: 'policy-unknown' }));
});

test('a wrong configuration is refused before the data directory is touched', async () => {
  const refusal = await refusalOf({ configFile: join(dataDirectory, 'missing.yaml') });
  expect(refusal.code).toBe('CONFIG_INVALID');
  await expect(stat(dataDirectory)).rejects.toThrow();
});

test.each([
  ['refuse', 'CREDENTIALS_INVALID', 'repair it'],
  ['crash', 'PART_FAILED', 'see what the part printed'],
])('a part that does %s at the first start fails the start, and nothing stays behind', async (fault, code, wayOut) => {
  const refusal = await refusalOf({ told: { TEST_WORKER_FAULT: fault } });
  expect(refusal.code).toBe(code);
  expect(refusal.wayOut).toContain(wayOut);
  expect(descendantsOf(process.pid).filter((pid) => /redis|plain-part/.test(commandLineOf(pid)))).toEqual([]);
});

test('a start can be given up', async () => {
  const giveUp = new AbortController();
  const reason = new Error('enough');
  const starting = start({ told: { TEST_WORKER_FAULT: 'stay' }, signal: giveUp.signal });
  starting.catch(() => undefined);
  await eventually('the API has started', () => kinds().includes('part-started api'));
  giveUp.abort(reason);
  await expect(starting).rejects.toBe(reason);
  expect(descendantsOf(process.pid).filter((pid) => /redis|plain-part/.test(commandLineOf(pid)))).toEqual([]);
});

test.each(['registry', 'redis', 'api', 'worker'])(
  'a killed %s is started again where it was, and said so',
  async (part) => {
    const service = await start({ apiPort: await pickSteadyPort(), registryPort: await pickSteadyPort() });
    const others = ['registry', 'redis', 'api', 'worker'].filter((name) => name !== part).map(pidOf);
    const before = pidOf(part);
    process.kill(before, 'SIGKILL');
    await eventually(`${part} is back`, () => kinds().includes(`part-restarted ${part}`));
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'part-exited', part, pid: before, signal: 'SIGKILL' }),
    );
    expect(pidOf(part)).not.toBe(before);
    expect(others.filter(isAlive)).toEqual(others);
    expect((await fetch(`${service.apiUrl}/readyz`)).status).toBe(200);
    expect((await fetch(`${service.registryUrl}/`)).status).toBe(200);
  },
);

test('a part with an error that nobody catches ends with 70 and is started again', async () => {
  await start({ told: { TEST_WORKER_FAULT: 'reject' } });
  await eventually('the worker was restarted', () => kinds().includes('part-restarted worker'));
  expect(events).toContainEqual(expect.objectContaining({ kind: 'part-exited', part: 'worker', exitCode: 70 }));
});
