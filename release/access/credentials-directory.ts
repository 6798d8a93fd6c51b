/** Credentials for container tools in a directory of the release's own: the user's files are read, and left as they are. */
import { access, copyFile, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { RegistryCredentials } from '../settings/registry-auth.ts';
import type { Environment } from '../surroundings/environment.ts';
import {
  type DockerConfig,
  emptyDockerConfig,
  mergeAuthFile,
  mergeDockerConfig,
  parseDockerConfig,
  secretsInDockerConfig,
} from './docker-config.ts';

export interface CredentialsInit {
  /** An empty directory that only this account can enter; whoever made it removes it. */
  readonly directory: string;
  readonly env: Environment;
  readonly logins: readonly RegistryCredentials[];
  /** Told of every secret that is found in the user's files. */
  readonly onSecret?: (secret: string) => void;
  /** Where podman keeps the credentials of accounts without a session; `/run/containers` unless told. */
  readonly sessions?: string;
}

/** Variables for the programs that the release starts, and for no others. */
export type CredentialsEnvironment = Readonly<Record<'DOCKER_CONFIG' | 'REGISTRY_AUTH_FILE' | 'BUILDX_CONFIG', string>>;

/** What docker looks for beside its `config.json`: programs, where daemons are, and how to speak TLS to them. */
const companions = ['cli-plugins', 'contexts', 'ca.pem', 'cert.pem', 'key.pem'] as const;

/**
 * Fills the directory with what the user's docker and podman know and the logins over it, and answers the variables that
 * point there. What docker keeps beside its credentials is there, too; buildx goes on where the user's is.
 *
 * @throws InputError CREDENTIALS_INVALID when a file of the user's cannot be understood.
 */
export async function fillCredentialsDirectory(init: CredentialsInit): Promise<CredentialsEnvironment> {
  const { directory, env, logins, sessions = '/run/containers' } = init;
  const own = ownPaths(env, join(sessions, String((await stat(directory)).uid)));
  const docker = own.docker === undefined ? emptyDockerConfig : await readConfig(join(own.docker, 'config.json'));
  const auths = await Promise.all(own.authFiles.map((path) => readConfig(path, sessions)));
  for (const secret of [docker, ...auths].flatMap(secretsInDockerConfig)) init.onSecret?.(secret);
  const authFile = join(directory, 'auth.json');
  await writeSecret(join(directory, 'config.json'), mergeDockerConfig(docker, logins));
  await writeSecret(authFile, mergeAuthFile([...auths, docker], logins));
  if (own.docker !== undefined) await bringCompanions(own.docker, directory);
  const buildx = env['BUILDX_CONFIG'] || (await existing(own.docker && join(own.docker, 'buildx')));
  return {
    DOCKER_CONFIG: directory,
    REGISTRY_AUTH_FILE: authFile,
    BUILDX_CONFIG: buildx ?? join(directory, 'buildx'),
  };
}

/**
 * Where the user's tools keep what they know; the first of the files that podman and its relatives would read. Without a
 * session of its own, podman keeps what is gone after a restart in a directory named by the user's number, which is that
 * of our directory's owner: in a container the account often has no name, and Node tells no number without one.
 */
function ownPaths(
  env: Environment,
  sessionless: string,
): { readonly docker: string | undefined; readonly authFiles: readonly string[] } {
  const home = env['HOME'] || env['USERPROFILE'];
  const below = (directory: string | undefined, ...names: readonly string[]) =>
    directory ? join(directory, ...names) : undefined;
  const authFile = env['REGISTRY_AUTH_FILE'];
  const session = below(env['XDG_RUNTIME_DIR'], 'containers') ?? sessionless;
  const lasting = below(env['XDG_CONFIG_HOME'] || below(home, '.config'), 'containers');
  const found = authFile ? [authFile] : [below(session, 'auth.json'), below(lasting, 'auth.json')];
  return {
    docker: env['DOCKER_CONFIG'] || below(home, '.docker'),
    authFiles: found.filter((file) => file !== undefined),
  };
}

/** Below `sessions` nothing of ours is where we may not look: podman closes it to all others where root used it first. */
async function readConfig(path: string, sessions?: string): Promise<DockerConfig> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isAbsent(error) || (isErrno(error, 'EACCES') && sessions !== undefined && path.startsWith(`${sessions}${sep}`)))
      return undefined;
    throw error;
  });
  return text === undefined || text.trim() === '' ? emptyDockerConfig : parseDockerConfig(text, path);
}

async function writeSecret(path: string, content: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
}

/** Directories are linked; files, for which Windows would want a privilege, are copied. */
async function bringCompanions(from: string, to: string): Promise<void> {
  for (const name of companions) {
    const original = join(from, name);
    const found = await stat(original).catch(() => undefined);
    if (found?.isDirectory()) await symlink(original, join(to, name), 'junction');
    if (found?.isFile()) await copyFile(original, join(to, name));
  }
}

async function existing(path: string | undefined): Promise<string | undefined> {
  if (path === undefined || path === '') return undefined;
  return await access(path).then(
    () => path,
    () => undefined,
  );
}

function isAbsent(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
