/** Where environments have their tags in the embedded registry. */
import { describe, expect, test } from 'vitest';
import { defaultConfig } from '../../api/config.ts';
import { environmentPlacesOf } from '../../core/environment-places.ts';
import { matchesRepositoryPattern } from '../../core/repository-pattern.ts';
import { defaultEnvironmentPlaces } from '../../core/tag-settings.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';

const usual = defaultConfig('http://127.0.0.1:5000');
const web = { name: 'web', repository: parseRepositoryName('acme/web') };

function placesOf(template: string, changes: Partial<typeof usual> = {}) {
  const [environment] = usual.environments;
  if (environment === undefined) throw new Error('there are environments');
  const locations = [{ registry: 'embedded', repositoryTemplate: template }] as const;
  const config = { ...usual, apps: {}, ...changes, environments: [{ ...environment, name: 'live', locations }] };
  return environmentPlacesOf(config, (registry) => registry === 'embedded');
}

describe('the places of environments', () => {
  test('are the registry’s own defaults where there is no configuration', () => {
    expect(environmentPlacesOf(usual, () => true)).toEqual(defaultEnvironmentPlaces);
  });

  test('are none in another registry', () => {
    expect(environmentPlacesOf(usual, () => false)).toEqual([]);
  });

  test('are the repositories of the apps that are listed', () => {
    const listed = { apps: { web }, discover: undefined };
    expect(placesOf('{repository}', listed)).toEqual([{ name: 'live', repositories: ['acme/web'] }]);
    expect(placesOf('live/{app}', listed)).toEqual([{ name: 'live', repositories: ['live/web'] }]);
    expect(placesOf('live/{app}', { discover: undefined })).toEqual([]);
  });

  test.each([
    ['live/{app}', ['live/web', 'live/team/web'], ['live', 'lively/web']],
    ['live-{app}', ['live-web', 'live-team/web'], ['live/web', 'dev/live-web']],
    ['{app}/live', ['web/live', 'team/web/live'], ['web', 'web/live/more']],
    ['{repository}', ['dev/web', 'dev/team/web'], ['dev', 'live/web']],
  ])('of discovered apps at %s are found whatever the app is called', (template, within, without) => {
    const [place] = placesOf(template, { discover: 'dev/' });
    const covers = (name: string) => {
      return place?.repositories.some((pattern) => matchesRepositoryPattern(parseRepositoryName(name), pattern));
    };
    expect(within.map(covers)).toEqual(within.map(() => true));
    expect(without.map(covers)).toEqual(without.map(() => false));
  });
});
