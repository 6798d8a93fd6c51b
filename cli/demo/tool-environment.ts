/** Where buildah and podman keep things in the demo: in a directory of its own, so that nothing of it stays. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Environment } from '../shell.ts';
import type { BuildJob } from './build-job.ts';

/** The environment for the tool: home, storage and settings are in the job's directory. */
export async function toolEnvironment({ directory, env }: BuildJob): Promise<Environment> {
  const home = join(directory, 'home');
  const storage = join(directory, 'storage');
  for (const path of [home, storage]) await mkdir(path, { recursive: true });
  const below = (name: string) => JSON.stringify(join(storage, name));
  const settings = {
    HOME: home,
    XDG_DATA_HOME: home,
    XDG_CONFIG_HOME: home,
    TMPDIR: directory,
    CONTAINERS_CONF: join(storage, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: join(storage, 'storage.conf'),
    // Works in containers and without privileges.
    BUILDAH_ISOLATION: 'chroot',
  };
  await writeFile(settings.CONTAINERS_CONF, containersConf(below));
  await writeFile(settings.CONTAINERS_STORAGE_CONF, storageConf(below));
  return { ...env, ...settings };
}

/** Keeps networks, events and locks there as well. Spec: containers.conf(5), "FORMAT". */
function containersConf(below: (name: string) => string): string {
  return [
    '[network]',
    `network_config_dir = ${below('networks')}`,
    '[engine]',
    `tmp_dir = ${below('tmp')}`,
    `static_dir = ${below('static')}`,
    `volume_path = ${below('volumes')}`,
    'events_logger = "none"',
    '',
  ].join('\n');
}

/** vfs works everywhere: in containers, without privileges, on any file system. Spec: containers-storage.conf(5), "FORMAT". */
function storageConf(below: (name: string) => string): string {
  return ['[storage]', 'driver = "vfs"', `graphroot = ${below('root')}`, `runroot = ${below('run')}`, ''].join('\n');
}
