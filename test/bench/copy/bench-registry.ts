/** A distribution 3.1 registry on loopback whose storage can be emptied between two runs. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { waitUntil } from '../../e2e/wait-until.ts';
import { pickSteadyPort } from '../../steady-port.ts';
import type { Contest } from './contestant.ts';
import type { Keeper } from './open-keeper.ts';
import { contestEnvironment } from './tool-versions.ts';

export interface BenchRegistry {
  readonly url: string;
  /** Removes everything it holds: what is copied next is cold. */
  empty(): Promise<void>;
  /** Removes one repository and leaves its blobs to the others. */
  forget(repository: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts it with its storage in the keeper's directory, below its own name. */
export async function openBenchRegistry(contest: Contest, name: string, keeper: Keeper): Promise<BenchRegistry> {
  const directory = join(keeper.directory, name);
  await mkdir(directory);
  const port = await pickSteadyPort();
  const config = join(directory, 'config.yml');
  await writeFile(config, configText(directory, port));
  // It would otherwise look for a collector of traces. Variables named REGISTRY_… are settings to it.
  const env = contestEnvironment(contest, { OTEL_TRACES_EXPORTER: 'none' });
  const server = spawn(contest.registryProgram, ['serve', config], { stdio: 'ignore', env });
  const gone = once(server, 'exit');
  const { pid } = server;
  if (pid !== undefined) keeper.watch(pid);
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${url}/v2/`).catch(() => undefined))?.ok === true;
  await Promise.race([
    waitUntil('distribution answers', answers),
    gone.then(() => Promise.reject(new Error(`${contest.registryProgram} serve ${config} ended by itself`))),
  ]);
  const stored = join(directory, 'storage', 'docker', 'registry', 'v2');
  return {
    url,
    empty: async () => {
      for (const name of ['blobs', 'repositories']) await rm(join(stored, name), { recursive: true, force: true });
    },
    forget: (repository) => rm(join(stored, 'repositories', repository), { recursive: true, force: true }),
    close: async () => {
      server.kill('SIGKILL');
      await gone;
      if (pid !== undefined) keeper.forget(pid);
    },
  };
}

function configText(directory: string, port: number): string {
  return [
    'version: 0.1',
    'log: { level: error, accesslog: { disabled: true } }',
    `storage: { filesystem: { rootdirectory: ${JSON.stringify(join(directory, 'storage'))} }, delete: { enabled: true } }`,
    `http: { addr: 127.0.0.1:${port} }`,
    '',
  ].join('\n');
}
