/** Credentials for registries, from where container tools keep them. */
import { join } from 'node:path';
import type { CredentialSource } from '../oci/client/sign-in/credentials.ts';
import { dockerConfigCredentials } from '../oci/client/sign-in/docker-config.ts';
import { readServiceAddress } from './service-address.ts';
import type { Environment, Shell } from './shell.ts';
import { findToken } from './token.ts';

/** The first credentials that one of the files has: docker's, then podman's and its relatives'. */
function registryCredentials(env: Environment): CredentialSource {
  const helperPath = env['PATH'] ?? '';
  const sources = authFiles(env).map((configPath) => dockerConfigCredentials({ configPath, helperPath }));
  return firstOf(sources);
}

/** Credentials of this machine's container tools, else those that `serve` left for its own registry. */
export function localCredentials(shell: Shell, dataDirectory: string): CredentialSource {
  return firstOf([registryCredentials(shell.env), embeddedCredentials(dataDirectory)]);
}

/** The token that `serve` left, for the registry that it serves and for no other. */
function embeddedCredentials(dataDirectory: string): CredentialSource {
  return async (host) => {
    const { registryUrl } = await readServiceAddress(dataDirectory);
    if (registryUrl === undefined || host !== new URL(registryUrl).host) return undefined;
    const token = await findToken({ fromEnvironment: undefined, file: undefined, dataDirectory });
    return token === undefined ? undefined : { username: 'token', password: token.secret };
  };
}

/** Credentials of the first source that has some for the host. */
function firstOf(sources: readonly CredentialSource[]): CredentialSource {
  return async (host, signal) => {
    for (const source of sources) {
      const credentials = await source(host, signal);
      if (credentials !== undefined) return credentials;
    }
    return undefined;
  };
}

/** Spec: containers-auth.json(5), "DESCRIPTION"; docker's own file comes first. */
function authFiles(env: Environment): readonly string[] {
  const home = env['HOME'];
  const dockerDirectory = env['DOCKER_CONFIG'] ?? (home === undefined ? undefined : join(home, '.docker'));
  const runtimeDirectory = env['XDG_RUNTIME_DIR'];
  const files = [
    env['REGISTRY_AUTH_FILE'],
    dockerDirectory === undefined ? undefined : join(dockerDirectory, 'config.json'),
    runtimeDirectory === undefined ? undefined : join(runtimeDirectory, 'containers', 'auth.json'),
  ];
  return files.flatMap((file) => (file === undefined || file === '' ? [] : [file]));
}
