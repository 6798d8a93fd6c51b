/** The command of each part: which entry, what it is told, how patient we are with it. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lockTiming, patienceMsOf } from '../../registry/disk/lock/lock-timing.ts';
import { defaultRegistryLimits } from '../../registry/registry-limits.ts';
import type { Environment } from '../process/part-settings.ts';
import { privateRedisCloseTimeoutMs, privateRedisLoadTimeoutMs } from '../redis/private-redis.ts';
import type { PartCommand } from './start-part.ts';

/** The modules that the parts' processes start with. */
export interface PartEntries {
  readonly registry: string;
  readonly redis: string;
  /** Started with the part's name as parameter: api or worker. */
  readonly service: string;
}

/** Our own modules. */
export const partEntries: PartEntries = {
  registry: fileURLToPath(new URL('../../registry/main.ts', import.meta.url)),
  redis: fileURLToPath(new URL('../redis/main.ts', import.meta.url)),
  service: fileURLToPath(new URL('../main.ts', import.meta.url)),
};

/** What the commands are made from. */
export interface PartSources {
  readonly entries: PartEntries;
  readonly environment: Environment;
  readonly dataDirectory: string;
  readonly host: string;
}

/** How long registry, API or worker may take to start, in a busy machine and with a large store. */
const startTimeoutMs = 60_000;

/** How long a worker may finish the step it is in. What it leaves undone, another worker repeats: closing must not wait for a copy. */
export const workerCloseTimeoutMs = 4_000;

/** How long the others may take to close; container tools commonly kill after 10 s in all. */
const closeTimeoutMs = 3_000;

/** What registry and Redis inherit: they need no credentials of other registries, so they get none. */
const harmlessVariables = [
  'PATH',
  'HOME',
  'LANG',
  'LC_ALL',
  'TMPDIR',
  'TZ',
  'NODE_OPTIONS',
  'REGISTRY_ACTION_LOG_LEVEL',
  // By these CI finds the processes that outlive a suite.
  'REGISTRY_ACTION_CI_RUN',
  'REGISTRY_ACTION_CI_SUITE',
] as const;

/** The embedded registry. */
export function registryCommand(sources: PartSources, port: number, settingsFile: string): PartCommand {
  const command = nodeCommand(sources.entries.registry, [], {
    ...pickHarmless(sources.environment),
    REGISTRY_ACTION_DATA: sources.dataDirectory,
    REGISTRY_ACTION_HOST: sources.host,
    REGISTRY_ACTION_REGISTRY_PORT: String(port),
    REGISTRY_ACTION_REGISTRY_SETTINGS: settingsFile,
  });
  return {
    ...command,
    // A predecessor in another container may have left a lock, which is watched first.
    readyTimeoutMs: command.readyTimeoutMs + patienceMsOf(lockTiming.beatMs),
    closeTimeoutMs: defaultRegistryLimits.closeGraceMs + closeTimeoutMs,
  };
}

/** The private Redis. */
export function redisCommand(sources: PartSources, port: number, password: string): PartCommand {
  const command = nodeCommand(sources.entries.redis, [], {
    ...pickHarmless(sources.environment),
    REGISTRY_ACTION_REDIS_DIRECTORY: join(sources.dataDirectory, 'redis'),
    REGISTRY_ACTION_REDIS_PORT: String(port),
    REGISTRY_ACTION_REDIS_PASSWORD: password,
  });
  return {
    ...command,
    readyTimeoutMs: privateRedisLoadTimeoutMs,
    closeTimeoutMs: closeTimeoutMs + privateRedisCloseTimeoutMs,
  };
}

/** What API and workers are told beside their sources. */
export interface ServiceParameters {
  readonly apiPort: number;
  readonly redisUrl: string;
  readonly embeddedRegistryUrl: string | undefined;
  readonly configFile: string | undefined;
}

/** The API or a worker. They inherit everything: proxies, credential helpers, the variables the configuration names. */
export function serviceCommand(sources: PartSources, part: 'api' | 'worker', told: ServiceParameters): PartCommand {
  const command = nodeCommand(sources.entries.service, [part], {
    ...sources.environment,
    REGISTRY_ACTION_DATA: sources.dataDirectory,
    REGISTRY_ACTION_HOST: sources.host,
    REGISTRY_ACTION_API_PORT: String(told.apiPort),
    REGISTRY_ACTION_CONFIG: told.configFile,
    REGISTRY_ACTION_EMBEDDED_URL: told.embeddedRegistryUrl,
    REDIS_URL: told.redisUrl,
  });
  // The worker ends itself at its own deadline; this one is for a worker that cannot even do that.
  return part === 'worker' ? { ...command, closeTimeoutMs: workerCloseTimeoutMs + closeTimeoutMs } : command;
}

/** Level of the parts' logs when the environment names none: a terminal shows what went wrong, not every request. */
const logLevelDefault = 'warn';

function nodeCommand(entry: string, parameters: readonly string[], environment: Environment): PartCommand {
  const level = environment['REGISTRY_ACTION_LOG_LEVEL'] ?? logLevelDefault;
  return {
    program: process.execPath,
    parameters: [entry, ...parameters],
    environment: definedOnly({ ...environment, REGISTRY_ACTION_LOG_LEVEL: level, REGISTRY_ACTION_SUPERVISED: '1' }),
    readyTimeoutMs: startTimeoutMs,
    closeTimeoutMs,
  };
}

function pickHarmless(environment: Environment): Environment {
  return Object.fromEntries(harmlessVariables.map((name) => [name, environment[name]]));
}

function definedOnly(environment: Environment): Readonly<Record<string, string>> {
  const defined = Object.entries(environment).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(defined);
}
