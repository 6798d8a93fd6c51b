/** The files in which container tools of this machine keep credentials, in the order in which they are looked at. */
import { join } from 'node:path';
import { type CredentialSource, firstOf } from './credentials.ts';
import { dockerConfigCredentials } from './docker-config.ts';

/** Environment variables, by name. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The first credentials that one of the files has: those named by REGISTRY_AUTH_FILE and DOCKER_CONFIG, then what
 * `podman login` and its relatives wrote, then what `docker login` did.
 *
 * Spec: containers-auth.json(5), "DESCRIPTION".
 */
export function authFileCredentials(environment: Environment): CredentialSource {
  const helperPath = environment['PATH'] ?? '';
  return firstOf(authFiles(environment).map((configPath) => dockerConfigCredentials({ configPath, helperPath })));
}

/** Paths of the files, whether or not they are there. */
export function authFiles(environment: Environment): readonly string[] {
  const named = (variable: string): string | undefined => environment[variable] || undefined;
  const home = named('HOME');
  const docker = named('DOCKER_CONFIG') ?? below(home, '.docker');
  const dockerFile = below(docker, 'config.json');
  const containers = [named('XDG_RUNTIME_DIR'), named('XDG_CONFIG_HOME') ?? below(home, '.config')];
  const containersFiles = containers.map((directory) => below(directory, 'containers', 'auth.json'));
  const files =
    named('DOCKER_CONFIG') === undefined ? [...containersFiles, dockerFile] : [dockerFile, ...containersFiles];
  return [named('REGISTRY_AUTH_FILE'), ...files].filter((file) => file !== undefined);
}

function below(directory: string | undefined, ...names: readonly string[]): string | undefined {
  return directory === undefined ? undefined : join(directory, ...names);
}
