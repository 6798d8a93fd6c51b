/** The apps there are: those configured, and with `discover` those pushed below the prefix. */
import type { Redis } from 'ioredis';
import type { AppConfig, Config } from '../core/config.ts';
import { NotFoundError } from '../errors/errors.ts';
import { isRepositoryName, parseRepositoryName } from '../oci/spec/repository-name.ts';
import { keyPrefix } from './ledger/lane-keys.ts';
import type { Registries } from './open-registries.ts';

/** Hash of discovered apps: name -> repository. */
const appsKey = `${keyPrefix}:apps`;

/** Apps that one installation may discover: a bound on every round over them. */
const discoveredAppsMax = 10_000;

/** Every app, by name. Asks Redis alone. */
export async function listApps(redis: Redis, config: Config): Promise<readonly AppConfig[]> {
  const discovered = config.discover === undefined ? {} : await redis.hgetall(appsKey);
  const found = Object.entries(discovered).map(([name, repository]) => ({
    name,
    repository: parseRepositoryName(repository),
  }));
  const configured = Object.values(config.apps);
  const names = new Set(configured.map((app) => app.name));
  const all = [...configured, ...found.filter((app) => !names.has(app.name))];
  return all.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The app of that name. One that was pushed a moment ago is looked for in the registry.
 * @throws NotFoundError APP_UNKNOWN naming those there are.
 */
export async function findApp(redis: Redis, config: Config, registries: Registries, name: string): Promise<AppConfig> {
  const configured = config.apps[name];
  if (configured !== undefined) return configured;
  if (config.discover !== undefined && isRepositoryName(name)) {
    const repository = await redis.hget(appsKey, name);
    if (repository !== null) return { name, repository: parseRepositoryName(repository) };
    await discoverApps(redis, config, registries);
    const found = await redis.hget(appsKey, name);
    if (found !== null) return { name, repository: parseRepositoryName(found) };
  }
  const known = (await listApps(redis, config)).map((app) => app.name);
  throw new NotFoundError({
    code: 'APP_UNKNOWN',
    message: `unknown app: ${name}; there ${known.length === 0 ? 'are none yet' : `are: ${known.slice(0, 20).join(', ')}`}`,
  });
}

/** Remembers the repository as an app when it is below the prefix, as `discoverApps` would. */
export async function noticeRepository(redis: Redis, config: Config, repository: string): Promise<void> {
  const prefix = config.discover;
  if (prefix === undefined || !repository.startsWith(prefix)) return;
  const name = repository.slice(prefix.length);
  if ((await redis.hexists(appsKey, name)) === 1 || (await redis.hlen(appsKey)) >= discoveredAppsMax) return;
  await redis.hset(appsKey, { [name]: repository });
}

/** Looks for repositories below the prefix and remembers them as apps. Nothing is forgotten by it. */
export async function discoverApps(redis: Redis, config: Config, registries: Registries): Promise<void> {
  const prefix = config.discover;
  const first = config.environments[0];
  if (prefix === undefined || first === undefined) return;
  const found: Record<string, string> = {};
  let count = 0;
  for await (const repository of registries.client(first.locations[0].registry).listRepositories()) {
    if (!repository.startsWith(prefix) || count >= discoveredAppsMax) continue;
    found[repository.slice(prefix.length)] = repository;
    count++;
  }
  if (count > 0) await redis.hset(appsKey, found);
}
