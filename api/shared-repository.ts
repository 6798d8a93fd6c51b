/** Repositories that two apps would share: their tags would be mixed up, so a repository belongs to one app. */
import type { AppConfig, EnvironmentConfig, RegistryConfig } from '../core/config.ts';
import { locate } from '../core/environment.ts';
import { InputError } from '../errors/errors.ts';
import type { ConfigProblem } from './config-problem.ts';

/** One problem for each place where an app would lie in another app's repository, or where its name grows too long. */
export function sharedRepositoryProblems(
  registries: Readonly<Record<string, RegistryConfig>>,
  apps: readonly AppConfig[],
  environments: readonly EnvironmentConfig[],
): readonly ConfigProblem[] {
  const owners = new Map<string, { readonly app: string; readonly environment: string }>();
  return environments.flatMap((environment) =>
    apps.flatMap((app) => {
      const path = ['environments', environment.name, 'repository'];
      const place = tryLocate(environment, app);
      if (place === undefined) return [{ path, message: `app ${app.name} has no valid repository name here` }];
      // By address, so that two names of one registry count as one.
      const address = `${registries[place.registry]?.url}/${place.repository}`;
      const owner = owners.get(address) ?? { app: app.name, environment: environment.name };
      owners.set(address, owner);
      if (owner.app === app.name) return [];
      const shared = `app ${app.name} would share ${place.repository} with app ${owner.app} in ${owner.environment}`;
      return [{ path, message: `${shared}; use {app}, or another repository` }];
    }),
  );
}

function tryLocate(environment: EnvironmentConfig, app: AppConfig): ReturnType<typeof locate> | undefined {
  try {
    return locate(environment, app);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}
