/** Where the environments of a configuration have their tags in one registry. */
import type { Config, EnvironmentConfig } from './config.ts';
import { locate } from './environment.ts';
import { parseRepositoryPattern, type RepositoryPattern, repositoryPatternFault } from './repository-pattern.ts';
import type { EnvironmentPlace } from './tag-settings.ts';

/**
 * The environments whose registry is the one that is meant, with their repositories: those of the apps that are listed,
 * and patterns for the apps that are discovered. An environment without any is left out.
 */
export function environmentPlacesOf(
  config: Pick<Config, 'apps' | 'discover' | 'environments'>,
  isMeant: (registry: string) => boolean,
): readonly EnvironmentPlace[] {
  return config.environments.flatMap((environment) => {
    if (!environment.locations.some(({ registry }) => isMeant(registry))) return [];
    const repositories = [...listed(environment, config), ...discovered(environment, config)];
    return repositories.length === 0 ? [] : [{ name: environment.name, repositories }];
  });
}

function listed(environment: EnvironmentConfig, { apps }: Pick<Config, 'apps'>): readonly RepositoryPattern[] {
  return Object.values(apps).map((app) => parseRepositoryPattern(locate(environment, app).repository));
}

/** The name of a discovered app may have slashes: it stands for whole parts, or begins in one part and ends in another. */
function discovered(
  { locations }: EnvironmentConfig,
  { discover }: Pick<Config, 'discover'>,
): readonly RepositoryPattern[] {
  if (discover === undefined) return [];
  return locations.flatMap(({ repositoryTemplate }) => {
    const template = repositoryTemplate.replaceAll('{repository}', `${discover}{app}`);
    const isWhole = template.split('/').every((part) => part === '{app}' || !part.includes('{app}'));
    const stands = isWhole ? ['**'] : ['*', '*/**/*'];
    const patterns = stands.map((stand) => template.replaceAll('{app}', stand));
    return patterns.filter(isPattern);
  });
}

function isPattern(text: string): text is RepositoryPattern {
  return repositoryPatternFault(text) === undefined;
}
