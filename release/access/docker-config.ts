/** Files of credentials for container tools: what the user's say, with the credentials of the inputs over it. */
import { InputError } from '../../errors/errors.ts';
import { basicCredentials, type RegistryCredentials } from '../settings/registry-auth.ts';

/** What a file of credentials says. */
export interface DockerConfig {
  readonly auths: Readonly<Record<string, unknown>>;
  /** What stands after `docker-credential-` in the name of a program, by registry. */
  readonly credHelpers: Readonly<Record<string, string>>;
  readonly credsStore: string | undefined;
  /** Whatever else is in it: proxies, plugins, the current context. */
  readonly rest: Readonly<Record<string, unknown>>;
}

/** A file that is not there. */
export const emptyDockerConfig: DockerConfig = { auths: {}, credHelpers: {}, credsStore: undefined, rest: {} };

/** Docker Hub's names, and the key that docker has for it since before there were other registries. */
const hubNames: readonly string[] = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
const hubKey = 'https://index.docker.io/v1/';

/**
 * The file's content.
 * @throws InputError CREDENTIALS_INVALID, which never quotes it.
 */
export function parseDockerConfig(text: string, path: string): DockerConfig {
  const { auths = {}, credHelpers = {}, credsStore = '', ...rest } = parseJsonObject(text) ?? { auths: false };
  const helpers = isObject(credHelpers) ? Object.entries(credHelpers) : [];
  const isFine = isObject(auths) && isObject(credHelpers) && helpers.every(([, name]) => typeof name === 'string');
  if (!isFine || typeof credsStore !== 'string') {
    throw new InputError({ code: 'CREDENTIALS_INVALID', message: `credentials file cannot be understood: ${path}` });
  }
  return {
    auths,
    credHelpers: Object.fromEntries(helpers.map(([key, name]) => [key, String(name)])),
    credsStore: credsStore === '' ? undefined : credsStore,
    rest,
  };
}

/** Every secret that the file itself has, as it stands there and decoded. */
export function secretsInDockerConfig({ auths }: DockerConfig): readonly string[] {
  return Object.values(auths).flatMap((entry) => {
    if (!isObject(entry)) return [];
    const { auth, password, identitytoken, registrytoken } = entry;
    const decoded = typeof auth === 'string' ? Buffer.from(auth, 'base64').toString('utf8') : '';
    const secrets = [auth, decoded.slice(decoded.indexOf(':') + 1), password, identitytoken, registrytoken];
    return secrets.filter((secret) => typeof secret === 'string' && secret !== '').map(String);
  });
}

/**
 * `config.json` for docker: its own file, and the logins in the place of whatever it says of their registries. A helper
 * without a name tells docker that a registry's credentials are in the file though there is a store for all others.
 */
export function mergeDockerConfig(
  own: DockerConfig,
  logins: readonly RegistryCredentials[],
): Readonly<Record<string, unknown>> {
  const { auths, credHelpers } = withoutRegistries(own, logins);
  const entries = logins.map((login) => ({ key: isHub(login.registry) ? hubKey : login.registry, login }));
  const nameless = own.credsStore === undefined ? [] : entries.map(({ key }) => [key, ''] as const);
  return {
    ...own.rest,
    auths: { ...auths, ...Object.fromEntries(entries.map(({ key, login }) => [key, authOf(login)])) },
    credHelpers: { ...credHelpers, ...Object.fromEntries(nameless) },
    ...(own.credsStore === undefined ? {} : { credsStore: own.credsStore }),
  };
}

/**
 * `auth.json` for podman, buildah and skopeo, which read one file alone: what the user's say, the first that knows a
 * registry going before the others, and the logins before all. They know no store for all registries, so the entries
 * that docker keeps in its store name it as their helper.
 *
 * Spec: containers-auth.json(5), "FORMAT".
 */
export function mergeAuthFile(
  own: readonly DockerConfig[],
  logins: readonly RegistryCredentials[],
): Readonly<Record<string, unknown>> {
  const auths: Record<string, unknown> = {};
  const credHelpers: Record<string, string> = {};
  for (const { registry, ...login } of logins) {
    auths[isHub(registry) ? 'docker.io' : registry] = authOf({ registry, ...login });
  }
  for (const config of own) {
    const known = new Set([...Object.keys(auths), ...Object.keys(credHelpers)]);
    const kept = withoutRegistries(withStoreAsHelper(config), logins);
    for (const [key, entry] of Object.entries(kept.auths)) if (!known.has(key)) auths[key] = entry;
    for (const [key, name] of Object.entries(kept.credHelpers)) if (!known.has(key)) credHelpers[key] = name;
  }
  return { auths, credHelpers };
}

/** Without a namespace's own entry either: it would go before the login. */
function withoutRegistries(config: DockerConfig, logins: readonly RegistryCredentials[]): DockerConfig {
  const names = new Set(logins.flatMap(({ registry }) => (isHub(registry) ? hubNames : [registry])));
  const isOthers = ([key]: readonly [string, unknown]) => !names.has(hostOf(key));
  return {
    ...config,
    auths: Object.fromEntries(Object.entries(config.auths).filter(isOthers)),
    credHelpers: Object.fromEntries(Object.entries(config.credHelpers).filter(isOthers)),
  };
}

/** Docker Hub's is left out: docker and its helpers know it by a name that other tools do not ask for. */
function withStoreAsHelper(config: DockerConfig): DockerConfig {
  const { auths, credHelpers, credsStore } = config;
  if (credsStore === undefined) return config;
  const isStored = ([, entry]: readonly [string, unknown]) => isObject(entry) && Object.keys(entry).length === 0;
  const stored = Object.entries(auths).filter(isStored);
  const helped = stored.map(([key]) => hostOf(key)).filter((host) => !isHub(host));
  return {
    ...config,
    auths: Object.fromEntries(Object.entries(auths).filter((entry) => !isStored(entry))),
    credHelpers: { ...Object.fromEntries(helped.map((host) => [host, credsStore])), ...credHelpers },
  };
}

/** `ghcr.io` of `ghcr.io`, `https://ghcr.io/v2/` and `ghcr.io/acme`. */
function hostOf(key: string): string {
  return key.replace(/^https?:\/\//, '').split('/')[0] ?? key;
}

function isHub(registry: string): boolean {
  return hubNames.includes(registry);
}

function authOf(login: RegistryCredentials): { readonly auth: string } {
  return { auth: basicCredentials(login) };
}

function parseJsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
