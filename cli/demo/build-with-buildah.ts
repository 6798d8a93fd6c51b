/** Building with buildah or podman: their storage is a directory of the demo's, so that nothing of it stays. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BuildContext, writeBuildContext } from './build-context.ts';
import { type Builder, type BuildJob, imageName } from './builder.ts';
import { withoutForeignCache } from './foreign-cache.ts';
import { runProgram } from './run-program.ts';

/** Longest time for one command of the tool, in milliseconds; each takes about a second. */
const toolTimeoutMs = 30_000;

/** A builder for one of the two tools: they share storage, flags and authentication. */
export function buildWithBuildah(name: 'buildah' | 'podman'): Builder {
  return {
    name,
    commandsFor: (job) => [`${name} build -t ${imageName(job)} .`, `${name} push --tls-verify=false ${imageName(job)}`],
    buildAndPush: (job) => withoutForeignCache(() => buildAndPush(name, job)),
  };
}

/** podman takes no state directory whose path is longer, in characters. */
const statePathLengthMax = 50;

async function buildAndPush(name: 'buildah' | 'podman', job: BuildJob): Promise<void> {
  const written = await writeBuildContext(job);
  const state = join(written.storage, 'run');
  if (state.length <= statePathLengthMax) return buildWithState(name, job, written, state);
  const short = await mkdtemp('/tmp/ra-');
  try {
    await buildWithState(name, job, written, short);
  } finally {
    await rm(short, { recursive: true, force: true });
  }
}

async function buildWithState(
  name: 'buildah' | 'podman',
  job: BuildJob,
  written: BuildContext,
  state: string,
): Promise<void> {
  const env = { ...written.env, CONTAINERS_CONF: await writeToolConfig(written) };
  const options = { env, cwd: written.context, timeoutMs: toolTimeoutMs, signal: job.signal };
  // vfs works everywhere: in containers, without privileges, on any file system.
  const stored = ['--root', join(written.storage, 'root'), '--runroot', state];
  stored.push('--storage-driver', 'vfs');
  const image = imageName(job);
  const build = ['build', '--timestamp', '0', '--isolation', 'chroot', '--format', 'oci', '-t', image];
  await runProgram(name, [...stored, ...build, '-f', 'Containerfile', '.'], options);
  const push = ['push', '--tls-verify=false', '--authfile', join(written.auth, 'config.json'), image];
  await runProgram(name, [...stored, ...push], options);
}

/** Keeps networks, events and locks in the job's directory as well. Spec: containers.conf(5), "FORMAT". */
async function writeToolConfig({ storage }: BuildContext): Promise<string> {
  const path = join(storage, 'containers.conf');
  const below = (name: string) => JSON.stringify(join(storage, name));
  const lines = [
    '[network]',
    `network_config_dir = ${below('networks')}`,
    '[engine]',
    `tmp_dir = ${below('tmp')}`,
    `static_dir = ${below('static')}`,
    `volume_path = ${below('volumes')}`,
    'events_logger = "none"',
    '',
  ];
  await writeFile(path, lines.join('\n'));
  return path;
}
