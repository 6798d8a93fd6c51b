/** A docker daemon of a test's own, without network and bridge: it shares nothing with one that may run here already. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnvironment } from './clean-environment.ts';
import { runProgram } from './run-program.ts';
import { waitUntil } from './wait-until.ts';

export interface DockerDaemon {
  /** Value of DOCKER_HOST. */
  readonly host: string;
  close(): Promise<void>;
}

/** Debian's own client, which fits its daemon; another one may be first on PATH. */
export const dockerProgram = '/usr/bin/docker';

/** Starts one whose files are all below the directory, and waits until it answers; `enter` are words before its program. */
export async function openDockerDaemon(directory: string, enter: readonly string[] = []): Promise<DockerDaemon> {
  const below = (name: string) => join(directory, name);
  await mkdir(directory, { recursive: true });
  const host = `unix://${below('docker.sock')}`;
  const log = openSync(below('log'), 'a');
  const words = ['--iptables=false', '--ip-masq=false', '--bridge=none', '--storage-driver=vfs', '--host', host];
  words.push('--data-root', below('data'), '--exec-root', below('exec'), '--pidfile', below('pid'));
  const [program = '', ...all] = [...enter, 'dockerd', ...words];
  const daemon = spawn(program, all, { env: cleanEnvironment(), stdio: ['ignore', log, log] });
  closeSync(log);
  let failure: Error | undefined;
  daemon.on('error', (error) => {
    failure = error;
  });
  const gone = once(daemon, 'close').catch(() => undefined);
  await waitUntil('the docker daemon answers', async () => {
    if (failure !== undefined) throw failure;
    if (daemon.exitCode !== null) throw new Error(`dockerd ended: ${await readFile(below('log'), 'utf8')}`);
    return (await runProgram(dockerProgram, ['--host', host, 'version'], { env: cleanEnvironment() })).code === 0;
  });
  return {
    host,
    close: async () => {
      daemon.kill('SIGTERM');
      await gone;
      await unmountBelow(directory);
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** A daemon that ended badly leaves its data directory mounted on itself. */
async function unmountBelow(directory: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '');
  for (const mount of mounts.filter((path) => path.startsWith(`${directory}/`)).reverse()) {
    await promisify(execFile)('umount', ['--lazy', mount]);
  }
}
