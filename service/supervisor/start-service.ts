/** Which parts a service consists of, and the order in which they start. */
import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { defaultConfig } from '../../api/config.ts';
import type { Config } from '../../core/config.ts';
import { assert, CodedError, ConflictError } from '../../errors/errors.ts';
import { openAccessFile } from '../../registry/access/access-file.ts';
import { servedCertificatePath } from '../../registry/served-certificate.ts';
import { embeddedDirectory, embeddedUrlOf, usesEmbeddedRegistry } from '../embedded-registry.ts';
import { accessFilePath, workersDefault } from '../process/part-settings.ts';
import { assertRedis } from '../redis/assert-redis.ts';
import { connectRedis } from '../redis/connection.ts';
import { assertPortFree } from './assert-port-free.ts';
import { awaitReady } from './await-ready.ts';
import type { ServiceDirectory } from './data-directory.ts';
import { ensureTokens } from './first-tokens.ts';
import {
  type PartSources,
  partEntries,
  redisCommand,
  registryCommand,
  type ServiceParameters,
  serviceCommand,
} from './part-commands.ts';
import type { PartSet } from './part-set.ts';
import { reachableUrl } from './reachable-url.ts';
import { removeRegistrySettings, writeRegistrySettings } from './registry-settings-file.ts';
import type { ServiceEvent } from './service-event.ts';
import type { ServiceOptions } from './service-options.ts';

/** Where the service answers. */
export interface StartedService {
  /** Undefined when the registry runs alone. */
  readonly apiUrl: string | undefined;
  /** Undefined when the configuration names other registries only. */
  readonly registryUrl: string | undefined;
  /** How clients call the registry: as the configuration says, else by that address. */
  readonly registryName: string | undefined;
  /** File with the certificates that the registry is known by; undefined where it speaks plain HTTP. */
  readonly registryCertificateFile: string | undefined;
  /** By which the registry was told what its operator has chosen. */
  readonly settingsFile: string;
  /** First start only. */
  readonly adminToken: string | undefined;
}

/** How long parts of a killed supervisor may keep their ports: they notice its end at once and close. */
const leftoverPatienceMs = 15_000;

/** How long everything may take to be ready after all parts said that they work. */
const readyTimeoutMs = 30_000;

type Starting = ServiceOptions & { readonly onEvent: (event: ServiceEvent) => void };

/** Starts registry and Redis, then API and workers, then waits until the API is ready. The parts belong to the set. */
export async function startService(
  options: Starting,
  config: Config | undefined,
  directory: ServiceDirectory,
  parts: PartSet,
): Promise<StartedService> {
  const { configFile, registryOnly = false } = options;
  const patienceMs = directory.wasAbandoned ? leftoverPatienceMs : 0;
  await assertPorts(options, patienceMs);
  const access = await openAccessFile(accessFilePath(options.dataDirectory));
  const chosen = withChosen(config ?? defaultConfig(embeddedUrlOf(options)), options);
  const { htpasswd } = chosen.embedded;
  const tokens = await ensureTokens(options.dataDirectory, access, {
    isNew: directory.isNew,
    registryOnly,
    htpasswd,
    now: options.now(),
  });
  const settingsFile = await writeRegistrySettings(options.dataDirectory, chosen);
  directory.atClose(() => removeRegistrySettings(options.dataDirectory, settingsFile));
  const sources: PartSources = { ...options, entries: { ...partEntries, ...options.entries } };
  const embedded = registryOnly || config === undefined || usesEmbeddedRegistry(config, options.registryPort);
  const [registryUrl, redisUrl] = await parts.all([
    embedded
      ? startRegistry(sources, options.registryPort, { settingsFile, patienceMs }, parts)
      : Promise.resolve(undefined),
    registryOnly ? Promise.resolve(undefined) : openRedis(sources, options, parts),
  ]);
  const { adminToken, serviceToken } = tokens;
  const where = { adminToken, registryUrl, settingsFile, ...namesOf(registryUrl, chosen, options) };
  if (redisUrl === undefined) return { ...where, apiUrl: undefined };
  const told = { apiPort: options.apiPort, redisUrl, embeddedRegistryUrl: registryUrl, configFile };
  const apiUrl = await startApiAndWorkers(sources, told, options.workers ?? workersDefault, parts);
  // Without a worker of our own the API may be not ready for long: until somebody else's has come.
  const path = options.workers === 0 ? '/livez' : '/readyz';
  const url = new URL(path, apiUrl).href;
  assert(serviceToken !== undefined, 'the parts of the service have a token');
  await awaitReady({ url, token: serviceToken, timeoutMs: readyTimeoutMs }, parts.signal);
  return { ...where, apiUrl };
}

/** The configuration with what was chosen where the service was started. */
function withChosen(config: Config, { embedded = {} }: Starting): Config {
  return { ...config, embedded: { ...config.embedded, ...embedded } };
}

function namesOf(registryUrl: string | undefined, { embedded }: Config, { dataDirectory }: Starting) {
  if (registryUrl === undefined) return { registryName: undefined, registryCertificateFile: undefined };
  const isTls = new URL(registryUrl).protocol === 'https:';
  return {
    registryName: embedded.url ?? registryUrl,
    registryCertificateFile: isTls ? servedCertificatePath(embeddedDirectory(dataDirectory)) : undefined,
  };
}

async function assertPorts(options: Starting, patienceMs: number): Promise<void> {
  const { host, apiPort, registryPort, registryOnly = false } = options;
  if (!registryOnly && apiPort === registryPort && apiPort !== 0) {
    const message = `the API and the registry cannot both listen on port ${apiPort}`;
    throw new ConflictError({
      code: 'PORT_TAKEN',
      message,
      wayOut: 'choose another port with --api-port or --registry-port',
    });
  }
  await assertPortFree({ host, port: registryPort, flag: options.registryPortFlag ?? '--registry-port' }, patienceMs);
  if (!registryOnly) await assertPortFree({ host, port: apiPort, flag: '--api-port' }, patienceMs);
}

/** How long to wait before the registry is tried again while its predecessor closes. */
const leftoverRetryMs = 250;

/** Where the registry listens. One that a killed supervisor left is about to close, and holds its directory until then. */
async function startRegistry(
  sources: PartSources,
  port: number,
  { settingsFile, patienceMs }: { readonly settingsFile: string; readonly patienceMs: number },
  parts: PartSet,
): Promise<string> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    try {
      const kept = await parts.keep('registry', 'registry', (before) =>
        registryCommand(sources, before ?? port, settingsFile),
      );
      assert(kept.url !== undefined, 'the registry says where it listens');
      return reachableUrl(kept.url);
    } catch (error) {
      const isHeld = error instanceof CodedError && error.code === 'DATA_DIRECTORY_IN_USE';
      if (!isHeld || performance.now() >= deadline) throw error;
      await delay(leftoverRetryMs, undefined, { signal: parts.signal });
    }
  }
}

/** The URL of the user's own Redis once it was found fit, or of a private one. */
async function openRedis(sources: PartSources, options: Starting, parts: PartSet): Promise<string> {
  const { redisUrl, onEvent } = options;
  if (redisUrl === undefined) return startRedis(sources, parts);
  const redis = await connectRedis(redisUrl, 'producer', { signal: parts.signal });
  try {
    await assertRedis(redis, redisUrl, ({ kind, reason }) => onEvent({ kind: 'warned', about: kind, message: reason }));
  } finally {
    redis.disconnect();
  }
  return redisUrl;
}

/** 24 random bytes: nobody guesses them, and no connection is held up by them. */
const redisPasswordBytes = 24;

async function startRedis(sources: PartSources, parts: PartSet): Promise<string> {
  const password = randomBytes(redisPasswordBytes).toString('hex');
  const kept = await parts.keep('redis', 'redis', (before) => redisCommand(sources, before ?? 0, password));
  assert(kept.url !== undefined, 'the private redis says where it listens');
  const url = new URL(kept.url);
  url.password = password;
  return url.href;
}

/** Where the API listens, once it and all workers said that they work. */
async function startApiAndWorkers(
  sources: PartSources,
  told: ServiceParameters,
  workers: number,
  parts: PartSet,
): Promise<string> {
  const api = parts.keep('service', 'api', (before) =>
    serviceCommand(sources, 'api', { ...told, apiPort: before ?? told.apiPort }),
  );
  const others = Array.from({ length: workers }, (_, index) => {
    const name = workers === 1 ? 'worker' : `worker-${index + 1}`;
    return parts.keep('service', name, () => serviceCommand(sources, 'worker', told));
  });
  const [first] = await parts.all([api, ...others]);
  assert(first?.url !== undefined, 'the API says where it listens');
  return reachableUrl(first.url);
}
