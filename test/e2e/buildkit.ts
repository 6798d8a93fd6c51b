/** A BuildKit daemon of a test's own and a docker that builds with it: its only instance of buildx is on a socket, so nothing is pulled. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { builtBuilderPath } from '../../scripts/tool-plan.mjs';
import { cleanEnvironment } from './clean-environment.ts';
import { runProgram, runToEnd } from './run-program.ts';
import { waitUntil } from './wait-until.ts';

export interface BuildKit {
  /** DOCKER_CONFIG and BUILDX_CONFIG with the plug-in and the instance. */
  readonly env: NodeJS.ProcessEnv;
  /** Name of the instance. */
  readonly instance: string;
  /** One that counts as two machines, each for one of linux/amd64 and linux/arm64. */
  readonly twoNodes: string;
  close(): Promise<void>;
}

/** Starts it with all its files below the directory, and waits until buildx finds it running. */
export async function openBuildKit(directory: string): Promise<BuildKit> {
  const below = (name: string) => join(directory, name);
  await mkdir(below('docker/cli-plugins'), { recursive: true });
  const [buildx = '', buildkitd = ''] = builtBuilderPath(fileURLToPath(new URL('../..', import.meta.url)));
  await symlink(join(buildx, 'buildx'), below('docker/cli-plugins/docker-buildx'));
  const log = openSync(below('log'), 'a');
  const words = ['--root', below('root'), '--addr', `unix://${below('buildkit.sock')}`, '--containerd-worker=false'];
  words.push('--oci-worker-snapshotter=native', '--oci-worker-net=host', '--oci-worker-binary=runc');
  const env = cleanEnvironment({ DOCKER_CONFIG: below('docker'), BUILDX_CONFIG: below('buildx'), HOME: directory });
  const daemon = spawn(join(buildkitd, 'buildkitd'), words, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  const gone = once(daemon, 'close').catch(() => undefined);
  const docker = (...all: string[]) => runToEnd('/usr/bin/docker', ['buildx', ...all], { env });
  await docker('create', '--name', 'remote', '--driver', 'remote', `unix://${below('buildkit.sock')}`);
  // One daemon under two names: buildx gives out no layout that two machines built, whoever they are.
  await symlink('buildkit.sock', below('second.sock'));
  const two = ['create', '--name', 'two', '--driver', 'remote'];
  await docker(...two, '--platform', 'linux/amd64', `unix://${below('buildkit.sock')}`);
  await docker(...two, '--append', '--platform', 'linux/arm64', `unix://${below('second.sock')}`);
  await waitUntil('buildkitd answers', async () => {
    if (daemon.exitCode !== null) throw new Error(`buildkitd ended: ${await readFile(below('log'), 'utf8')}`);
    const { stdout } = await runProgram('/usr/bin/docker', ['buildx', 'inspect', 'remote'], { env });
    return /^Status: +running/m.test(stdout);
  });
  return {
    env: { DOCKER_CONFIG: below('docker'), BUILDX_CONFIG: below('buildx') },
    instance: 'remote',
    twoNodes: 'two',
    close: async () => {
      daemon.kill('SIGTERM');
      await gone;
      await rm(directory, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
