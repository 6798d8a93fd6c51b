/** A redis-server for one test: on a free port, nothing on disk, with the configuration the test asks for. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connectRedis } from '../../../service/redis/connection.ts';
import { pickSteadyPort } from '../../steady-port.ts';

export interface ScratchRedis {
  readonly port: number;
  /** With the credentials given to `openScratchRedis`. */
  readonly url: string;
  /** Stops it where it is: connections stand, and nothing is answered. */
  standStill(): void;
  goOn(): void;
  close(): Promise<void>;
}

/** `lines` are added to the configuration; `credentials` (`user:password@`) go into the URL. */
export async function openScratchRedis(lines: readonly string[] = [], credentials = ''): Promise<ScratchRedis> {
  const port = await pickSteadyPort();
  const server = spawn('redis-server', ['-'], { stdio: ['pipe', 'ignore', 'inherit'] });
  const gone = once(server, 'exit');
  server.stdin.end([`port ${port}`, 'bind 127.0.0.1', 'save ""', ...lines, ''].join('\n'));
  const url = `redis://${credentials}127.0.0.1:${port}`;
  (await connectRedis(url, 'producer', { timeoutMs: 10_000 })).disconnect();
  return {
    port,
    url,
    standStill: () => void server.kill('SIGSTOP'),
    goOn: () => void server.kill('SIGCONT'),
    close: async () => {
      server.kill('SIGKILL');
      await gone;
    },
  };
}
