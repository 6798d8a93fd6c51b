/** The prefix below which every repository is an app: its form, and how it gets on with apps and environments. */
import type { Config } from '../core/config.ts';
import { isRepositoryName } from '../oci/spec/repository-name.ts';
import type { ConfigProblem } from './config-problem.ts';
import type { WrittenParts } from './written-parts.ts';

/** Every fault of `discover`, and of a configuration in which there is nothing to promote. */
export function discoverProblems(config: Config, parts: WrittenParts): readonly ConfigProblem[] {
  const prefix = config.discover;
  if (prefix === undefined) {
    const message = 'there is nothing to promote: list apps, or set discover to a repository prefix such as dev/';
    return parts.apps.size === 0 ? [{ path: ['apps'], message }] : [];
  }
  if (!isRepositoryName(`${prefix}a`) || !prefix.endsWith('/')) {
    // A missing slash alone is a fault of shape, reported there.
    const message = 'write a repository prefix in lower case that ends in a slash, such as dev/';
    return prefix.endsWith('/') ? [{ path: ['discover'], message }] : [];
  }
  return [...appProblems(config, prefix), ...environmentProblems(config, prefix)];
}

/** A listed app below the prefix is discovered as well: under another name it would be two apps. */
function appProblems(config: Config, prefix: string): readonly ConfigProblem[] {
  return Object.values(config.apps).flatMap(({ name, repository }) => {
    if (!repository.startsWith(prefix) || repository === `${prefix}${name}`) return [];
    const message = `${repository} is discovered as app ${repository.slice(prefix.length)} too; give it that name, or take it out`;
    return [{ path: ['apps', name, 'repository'], message }];
  });
}

/** Discovered apps lie in the first environment, and what later ones hold must not be discovered again. */
function environmentProblems(config: Config, prefix: string): readonly ConfigProblem[] {
  return config.environments.flatMap((environment) => {
    const [{ registry, repositoryTemplate }] = environment.locations;
    const path = ['environments', environment.name, 'repository'];
    const own = repositoryTemplate === '{repository}' || repositoryTemplate === `${prefix}{app}`;
    if (environment.from === undefined) {
      const message = `discovered apps lie below ${prefix} here: write {repository}`;
      return own ? [] : [{ path, message }];
    }
    if (!own && !/\{(?:app|repository)\}/.test(repositoryTemplate)) {
      return [{ path, message: 'discovered apps would share one repository: use {app}' }];
    }
    const first = config.environments[0]?.locations[0].registry;
    const again =
      !own && repositoryTemplate.startsWith(prefix) && config.registries[registry]?.url === urlOf(config, first);
    const message = `lies below ${prefix}, where it would be discovered as an app; use another prefix`;
    return again ? [{ path, message }] : [];
  });
}

function urlOf(config: Config, registry: string | undefined): string | undefined {
  return registry === undefined ? undefined : config.registries[registry]?.url;
}
