/** podman, buildah and skopeo with storage, credentials and settings of a test's own, by environment alone: commands stay as people write them. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutForeignCache } from '../../cli/demo/foreign-cache.ts';
import { cleanEnvironment } from './clean-environment.ts';
import { type Ended, runProgram, runToEnd } from './run-program.ts';

export interface ContainerTools {
  /** For whoever starts the tools otherwise. */
  readonly env: NodeJS.ProcessEnv;
  /** What the tool wrote on standard output; throws when it fails. */
  run(program: string, words: readonly string[], input?: string): Promise<string>;
  /** The same for a tool that may fail. */
  attempt(program: string, words: readonly string[], input?: string): Promise<Ended>;
  /** Removes what they keep outside the directory. */
  close(): Promise<void>;
}

export interface ContainerToolsOptions {
  /** Words before each program: where it runs. */
  readonly enter?: readonly string[];
  /** False: containers have a network only where they are told to; there may be none to have. */
  readonly hasNetwork?: boolean;
  /** Variables besides. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Tools that keep everything below the directory, which the caller removes after closing. */
export async function openContainerTools(
  directory: string,
  { enter = [], hasNetwork = true, env: extra = {} }: ContainerToolsOptions = {},
): Promise<ContainerTools> {
  const below = (name: string) => join(directory, name);
  for (const name of ['home', 'tmp', 'storage', 'docker']) await mkdir(below(name), { recursive: true });
  await writeFile(below('containers.conf'), containersConf(directory, hasNetwork));
  await writeFile(below('storage.conf'), storageConf(directory));
  const env = cleanEnvironment({
    HOME: below('home'),
    TMPDIR: below('tmp'),
    XDG_RUNTIME_DIR: below('home'),
    CONTAINERS_CONF: below('containers.conf'),
    CONTAINERS_STORAGE_CONF: below('storage.conf'),
    BUILDAH_ISOLATION: 'chroot',
    REGISTRY_AUTH_FILE: below('auth.json'),
    DOCKER_CONFIG: below('docker'),
    ...extra,
  });
  const ended = Promise.withResolvers<void>();
  const cleaned = withoutForeignCache(() => ended.promise);
  return {
    env,
    run: (program, words, input) => {
      const [first = '', ...others] = [...enter, program, ...words];
      return runToEnd(first, others, { env, cwd: directory, input });
    },
    attempt: (program, words, input) => {
      const [first = '', ...others] = [...enter, program, ...words];
      return runProgram(first, others, { env, cwd: directory, input });
    },
    close: async () => {
      ended.resolve();
      await cleaned;
    },
  };
}

/**
 * Limits that a process without CAP_SYS_RESOURCE may set as well, and the runtime that knows every version of cgroups.
 * What cleans up behind a container is told storage and tmp_dir but not where this file is: with other directories set
 * here it would look for the container in vain, and each run would wait 20 s for it.
 * Spec: containers.conf(5), "FORMAT".
 */
function containersConf(directory: string, hasNetwork: boolean): string {
  const below = (name: string) => JSON.stringify(join(directory, 'storage', name));
  return [
    '[containers]',
    'default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]',
    'log_driver = "k8s-file"',
    ...(hasNetwork ? [] : ['netns = "none"']),
    '[network]',
    `network_config_dir = ${below('networks')}`,
    '[engine]',
    'cgroup_manager = "cgroupfs"',
    'events_logger = "none"',
    'runtime = "runc"',
    `tmp_dir = ${below('tmp')}`,
    `volume_path = ${below('volumes')}`,
    '',
  ].join('\n');
}

/** vfs works on every file system and without privileges. Spec: containers-storage.conf(5), "FORMAT". */
function storageConf(directory: string): string {
  return [
    '[storage]',
    'driver = "vfs"',
    `graphroot = ${JSON.stringify(join(directory, 'storage', 'root'))}`,
    `runroot = ${JSON.stringify(join(directory, 'storage', 'run'))}`,
    '',
  ].join('\n');
}
