import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pickSteadyPort } from '../../steady-port.ts';
import { commandLineOf, descendantsOf, eventually, groupOf, isAlive } from '../process/processes.ts';

const entry = fileURLToPath(new URL('./supervisor-process.ts', import.meta.url));
let dataDirectory: string;
let pids: number[];

beforeEach(async () => {
  dataDirectory = await mkdtemp(join(tmpdir(), 'supervisor-'));
  pids = [];
});

afterEach(async () => {
  for (const pid of pids.filter(isAlive)) process.kill(pid, 'SIGKILL');
  await rm(dataDirectory, { recursive: true, force: true, maxRetries: 5 });
});

interface Supervisor {
  readonly process: ChildProcess;
  /** Resolves when the event was printed. */
  readonly told: (kind: string) => Promise<Record<string, string>>;
}

function startSupervisor(options: object = {}, environment: Record<string, string> = {}): Supervisor {
  const parameters = [entry, JSON.stringify({ dataDirectory, ...options })];
  const supervisor = spawn(process.execPath, parameters, {
    env: { PATH: process.env['PATH'] ?? '', REGISTRY_ACTION_LOG_LEVEL: 'silent', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const events: Record<string, string>[] = [];
  createInterface({ input: supervisor.stdout }).on('line', (line) => events.push(JSON.parse(line)));
  const find = (kind: string) => events.find((event) => event['kind'] === kind);
  return {
    process: supervisor,
    told: async (kind) => {
      await eventually(`${kind} is told`, () => find(kind) !== undefined, 30_000);
      return find(kind) ?? {};
    },
  };
}

/** A supervisor that is ready, with the ids of all processes below it recorded. */
async function readySupervisor(options: object = {}, environment: Record<string, string> = {}): Promise<Supervisor> {
  const supervisor = startSupervisor(options, environment);
  pids.push(supervisor.process.pid ?? 0);
  await supervisor.told('ready');
  pids.push(...descendantsOf(supervisor.process.pid ?? 0));
  expect(pids.map(commandLineOf).join('\n')).toContain('redis-server');
  return supervisor;
}

test('a supervisor killed with -9 leaves no process behind', async () => {
  const supervisor = await readySupervisor({ workers: 2 });
  expect(pids.length).toBeGreaterThanOrEqual(7);
  supervisor.process.kill('SIGKILL');
  await eventually('every part is gone', () => !pids.some(isAlive));
});

test('a supervisor killed with -9 while it starts leaves no process behind', async () => {
  const supervisor = startSupervisor({}, { TEST_WORKER_FAULT: 'stay' });
  pids.push(supervisor.process.pid ?? 0);
  await supervisor.told('part-started');
  pids.push(...descendantsOf(supervisor.process.pid ?? 0));
  supervisor.process.kill('SIGKILL');
  await eventually('every part is gone', () => !pids.some(isAlive));
});

test('the next supervisor takes over the directory and the ports of one killed with -9, at once', async () => {
  const ports = { apiPort: await pickSteadyPort(), registryPort: await pickSteadyPort() };
  const first = await readySupervisor(ports);
  const { apiUrl, registryUrl } = await first.told('ready');
  first.process.kill('SIGKILL');
  await once(first.process, 'exit');
  const second = await readySupervisor(ports);
  expect(await second.told('ready')).toMatchObject({ apiUrl, registryUrl });
});

test.each(['SIGTERM', 'SIGINT'] as const)('%s closes everything, and the exit code is 0', async (signal) => {
  const supervisor = await readySupervisor();
  supervisor.process.kill(signal);
  expect(await once(supervisor.process, 'exit')).toEqual([0, null]);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a part that would never close is killed, and everything else is closed', async () => {
  const supervisor = await readySupervisor({}, { TEST_API_FAULT: 'deaf' });
  supervisor.process.kill('SIGTERM');
  expect(await once(supervisor.process, 'exit')).toEqual([0, null]);
  expect(pids.filter(isAlive)).toEqual([]);
});

test('Ctrl-C in a terminal reaches the supervisor alone, so that parts are closed in their order', async () => {
  await readySupervisor();
  const [own, ...groups] = pids.map(groupOf);
  expect(groups.length).toBeGreaterThanOrEqual(5);
  expect(groups).not.toContain(own);
});
