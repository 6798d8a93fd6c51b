/** Environments: their order, and where an app lives in each. */
import { NotFoundError } from '../errors/errors.ts';
import { parseRepositoryName } from '../oci/spec/repository-name.ts';
import type { CommandSource } from './command.ts';
import type { AppConfig, Config, EnvironmentConfig } from './config.ts';

/** The environment of that name. @throws NotFoundError ENVIRONMENT_UNKNOWN naming those there are. */
export function findEnvironment(config: Config, name: string): EnvironmentConfig {
  const found = config.environments.find((environment) => environment.name === name);
  if (found !== undefined) return found;
  const known = config.environments.map((environment) => environment.name).join(', ');
  throw new NotFoundError({
    code: 'ENVIRONMENT_UNKNOWN',
    message: `unknown environment: ${name}; there are: ${known}`,
  });
}

/** The environment it is promoted from; undefined for the first. */
export function upstreamOf(config: Config, environment: EnvironmentConfig): EnvironmentConfig | undefined {
  return environment.from === undefined ? undefined : findEnvironment(config, environment.from);
}

/** Where the app lives in the environment. @throws InputError REPOSITORY_INVALID when the template yields no name. */
export function locate(environment: EnvironmentConfig, app: AppConfig): CommandSource {
  const [location] = environment.locations;
  const repository = location.repositoryTemplate
    .replaceAll('{app}', app.name)
    .replaceAll('{repository}', app.repository);
  return { registry: location.registry, repository: parseRepositoryName(repository) };
}
