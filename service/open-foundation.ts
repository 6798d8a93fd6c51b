/** What API and workers alike stand on: Redis, the configuration, its registries, and who may sign in. */
import type { Redis } from 'ioredis';
import type { Config } from '../core/config.ts';
import { readProxyEnvironment } from '../core/proxy-environment.ts';
import { InputError } from '../errors/errors.ts';
import type { PinnedCertificates } from '../oci/client/wire/pinned-certificate.ts';
import { systemTiming } from '../oci/client/wire/timing.ts';
import { type AccessDirectory, openAccessFile } from '../registry/access/access-file.ts';
import { readFileIfPresent } from '../registry/disk/durable-file.ts';
import { embeddedPinned, portOf, usesEmbeddedRegistry, withEmbeddedScheme } from './embedded-registry.ts';
import { loadConfig } from './load-config.ts';
import { openRegistries, type Registries } from './open-registries.ts';
import type { PartLog } from './process/part-log.ts';
import { accessFilePath, type Environment, type PartSettings, serviceTokenPath } from './process/part-settings.ts';
import { assertRedis } from './redis/assert-redis.ts';
import { connectRedis, openRedis, parseRedisUrl, type RedisRole } from './redis/connection.ts';
import { knownRates } from './redis/known-rates.ts';
import { openRequestBudget } from './redis/request-budget.ts';
import { troubleLog } from './redis/trouble-log.ts';

/** What the foundation is laid from. */
export interface FoundationInit {
  readonly settings: PartSettings;
  readonly environment: Environment;
  readonly log: PartLog;
  readonly signal: AbortSignal;
}

/** Open connections and resolved settings of one part. */
export interface Foundation {
  readonly config: Config;
  readonly registries: Registries;
  readonly access: AccessDirectory;
  /** The registry that we run ourselves, with the token for it; undefined where there is none. */
  readonly embedded: EmbeddedAccess | undefined;
  /** The connection for ordinary commands. */
  readonly redis: Redis;
  /** Names that Redis in messages, without what is secret. */
  readonly redisShown: string;
  /** A further connection; whoever takes it closes it. */
  readonly connect: (role: RedisRole) => Redis;
  close(): Promise<void>;
}

/** How to reach the embedded registry's own resources. */
export interface EmbeddedAccess {
  readonly url: string;
  readonly token: string;
  readonly pinned: PinnedCertificates | undefined;
}

/**
 * Opens everything, or nothing.
 *
 * @throws InputError for a wrong configuration or an unfit Redis; AccessError, ConflictError or TransportError of `connectRedis` and `assertRedis`.
 */
export async function openFoundation(role: RedisRole, init: FoundationInit): Promise<Foundation> {
  const { settings, environment, log, signal } = init;
  const loaded = await loadConfig(settings.configFile, settings.embeddedRegistryUrl);
  const ours = ourEmbeddedUrl(settings, loaded);
  const config = ours === undefined ? loaded : withEmbeddedScheme(loaded, ours);
  const url = requireRedisUrl(settings);
  const redisShown = parseRedisUrl(url);
  const onTrouble = troubleLog({ log, shown: redisShown, now: () => performance.now() });
  const redis = await connectRedis(url, role, { signal, onTrouble });
  try {
    await assertRedis(redis, url, (warning) => log.warn(warning, 'redis'));
    const access = await openAccessFile(accessFilePath(settings.dataDirectory));
    const token = ours === undefined ? undefined : await readServiceToken(settings);
    const pinned = embeddedPinned(settings.dataDirectory, ours);
    const registries = await openRegistries(config, {
      environment,
      proxy: readProxyEnvironment(environment),
      serviceToken: token,
      embeddedPinned: pinned,
      budgetOf: (registry, account) =>
        openRequestBudget({ redis, registry, account, rates: knownRates(registry), timing: systemTiming }),
    });
    return {
      config,
      registries,
      access,
      embedded: ours === undefined || token === undefined ? undefined : { url: ours, token, pinned },
      redis,
      redisShown,
      connect: (other) => openRedis(url, other, onTrouble),
      close: async () => {
        await registries.close();
        redis.disconnect();
      },
    };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

function requireRedisUrl(settings: PartSettings): string {
  if (settings.redisUrl !== undefined) return settings.redisUrl;
  throw new InputError({
    code: 'REDIS_URL_INVALID',
    message: 'REDIS_URL is not set',
    wayOut: 'set it to redis://[user:password@]host:port, or start everything with `registry-action serve`',
  });
}

/** The address of the registry that we run ourselves, where the configuration has it: another one of its name is not ours. */
function ourEmbeddedUrl({ embeddedRegistryUrl, configFile }: PartSettings, config: Config): string | undefined {
  if (embeddedRegistryUrl === undefined) return undefined;
  const isOurs = configFile === undefined || usesEmbeddedRegistry(config, portOf(new URL(embeddedRegistryUrl)));
  return isOurs ? embeddedRegistryUrl : undefined;
}

/** Only for the registry that we run ourselves: another one of that name must not be shown the token. */
async function readServiceToken({ dataDirectory }: PartSettings): Promise<string | undefined> {
  return (await readFileIfPresent(serviceTokenPath(dataDirectory)))?.toString('utf8').trim();
}
