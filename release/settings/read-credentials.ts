/** Credentials for registries, from the settings. Adds to the faults. */
import type { ImagePlace } from '../release-request.ts';
import type { Surroundings } from '../surroundings/surroundings.ts';
import { parseRegistryAuth, type RegistryCredentials } from './registry-auth.ts';
import type { SettingValues } from './setting-values.ts';

/** Credentials, at most one for a registry. */
export interface ReadCredentials {
  readonly credentials: readonly RegistryCredentials[];
  /** Whether somebody wrote some out for a registry of the images; the token that every run has does not count. */
  readonly isWritten: boolean;
}

/**
 * In this order: `registry-auth`; `username` and `password` for the registries of the images that it does not name; the
 * token of the run for the system's own registry. Where the images are in that registry and in others, the token opens
 * it, so that the password of another registry is not shown there. Somebody without access to the secrets has empty
 * texts in their place: these are left out, and are faults for everybody else.
 */
export function readCredentials(
  values: SettingValues,
  around: Pick<Surroundings, 'isForeign' | 'ownRegistry'>,
  places: readonly ImagePlace[],
): ReadCredentials {
  const byRegistry = readRegistryAuth(values, around.isForeign);
  const named = new Set(byRegistry.map(({ registry }) => registry));
  const own = readToken(values, around);
  const unnamed = [...new Set(places.map(({ registry }) => registry))].filter((registry) => !named.has(registry));
  const others = unnamed.filter((registry) => registry !== own?.registry);
  const pair = readPair(values, around.isForeign);
  const byPair =
    pair === undefined ? [] : (others.length > 0 ? others : unnamed).map((registry) => ({ registry, ...pair }));
  const written = [...byRegistry, ...byPair];
  const isOwnFree = own !== undefined && !written.some(({ registry }) => registry === own.registry);
  return {
    credentials: isOwnFree ? [...written, own] : written,
    isWritten: places.some((place) => written.some(({ registry }) => registry === place.registry)),
  };
}

function readRegistryAuth(values: SettingValues, isForeign: boolean): readonly RegistryCredentials[] {
  const text = values.text('registry-auth');
  if (text === undefined) return [];
  const at = { setting: 'registry-auth', value: undefined };
  const entries = values.faults.attempt(at, () => parseRegistryAuth(text), []);
  const complete = entries.filter(({ username, password }) => username !== '' && password !== '');
  if (!isForeign)
    for (const { registry } of entries.filter((entry) => !complete.includes(entry)))
      values.faults.add({ ...at, message: `user name or password of ${registry} is empty`, wayOut: emptySecretWayOut });
  return [...new Map(complete.map((entry) => [entry.registry, entry])).values()];
}

function readPair(values: SettingValues, isForeign: boolean): Omit<RegistryCredentials, 'registry'> | undefined {
  const [username, password] = [values.text('username'), values.text('password')];
  if (username !== undefined && password !== undefined) return { username, password };
  if (!isForeign && (username !== undefined || password !== undefined)) {
    const setting = username === undefined ? 'username' : 'password';
    values.faults.add({ setting, value: undefined, message: 'missing or empty', wayOut: emptySecretWayOut });
  }
  return undefined;
}

function readToken(
  values: SettingValues,
  { ownRegistry }: Pick<Surroundings, 'ownRegistry'>,
): RegistryCredentials | undefined {
  const password = values.text('token');
  return password === undefined || ownRegistry === undefined ? undefined : { ...ownRegistry, password };
}

const emptySecretWayOut =
  'give both a user name and a password; one that comes from a secret is empty when the secret is not there under ' +
  'this name, or not for this environment';
