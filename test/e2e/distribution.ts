/** A distribution registry (Debian's docker-registry) on loopback: a registry of other people, without compare-and-swap. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pickSteadyPort } from '../steady-port.ts';
import { waitUntil } from './wait-until.ts';

export interface Distribution {
  readonly url: string;
  /** Where its files are: what its configuration calls rootdirectory. */
  readonly rootDirectory: string;
  /** Ends it without warning. */
  kill(): Promise<void>;
  /** Starts it again after that, on the same port and the same files. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Starts it, with deletion allowed and nothing else said. Another program than Debian's may be named. */
export async function openDistribution(program = 'docker-registry'): Promise<Distribution> {
  const port = await pickSteadyPort();
  const directory = await mkdtemp(join(tmpdir(), 'distribution-'));
  const rootDirectory = join(directory, 'data');
  const config = [
    'version: 0.1',
    'log: { level: error, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${rootDirectory} }, delete: { enabled: true } }`,
    `http: { addr: 127.0.0.1:${port} }`,
  ];
  await writeFile(join(directory, 'config.yml'), `${config.join('\n')}\n`);
  const url = `http://127.0.0.1:${port}`;
  let kill = async () => {};
  const start = async () => {
    const server = spawn(program, ['serve', join(directory, 'config.yml')], { stdio: 'ignore' });
    const gone = once(server, 'exit');
    kill = async () => {
      server.kill('SIGKILL');
      await gone;
    };
    await waitUntil(
      'distribution answers',
      async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.ok === true,
    );
  };
  await start();
  return {
    url,
    rootDirectory,
    kill: () => kill(),
    start,
    close: async () => {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
