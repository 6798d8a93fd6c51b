/** A redis-server for one test that can be killed and started again: on the same port, with what it had acknowledged. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectRedis } from '../../../service/redis/connection.ts';
import { pickSteadyPort } from '../../steady-port.ts';

export interface RestartableRedis {
  readonly port: number;
  readonly url: string;
  /** Kills it, as a crash would. */
  kill(): Promise<void>;
  /** Starts it on what the killed one had written. */
  start(): Promise<void>;
  /** Starts an empty one in the place of the killed one. */
  startEmpty(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one; every write is on disk when it is answered. `lines` are added to the configuration. */
export async function openRestartableRedis(lines: readonly string[] = []): Promise<RestartableRedis> {
  const port = await pickSteadyPort();
  const directory = await mkdtemp(join(tmpdir(), 'redis-'));
  const configuration = [
    ...[`port ${port}`, 'bind 127.0.0.1', 'save ""', 'appendonly yes', 'appendfsync always'],
    ...['maxmemory-policy noeviction', ...lines, ''],
  ];
  const url = `redis://127.0.0.1:${port}`;
  let kill = async () => {};
  const start = async () => {
    const server = spawn('redis-server', ['-'], { cwd: directory, stdio: ['pipe', 'ignore', 'inherit'] });
    const gone = once(server, 'exit');
    kill = async () => {
      server.kill('SIGKILL');
      await gone;
    };
    server.stdin.end(configuration.join('\n'));
    (await connectRedis(url, 'producer', { timeoutMs: 10_000 })).disconnect();
  };
  await start();
  return {
    port,
    url,
    kill: () => kill(),
    start,
    startEmpty: async () => {
      await rm(join(directory, 'appendonlydir'), { recursive: true });
      await start();
    },
    close: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
