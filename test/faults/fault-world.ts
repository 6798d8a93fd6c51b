/** A whole service of real processes that stop at named steps, and the means to meddle with it and to look at what is left. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import type { Target } from '../../oci/copy/target.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { openService } from '../../service/supervisor/open-service.ts';
import type { ServiceEvent } from '../../service/supervisor/service-event.ts';
import { type Distribution, openDistribution } from '../e2e/distribution.ts';
import { openRegistryProxy, type RegistryProxy } from '../e2e/registry-proxy.ts';
import { openStepStops, type StepStops } from '../e2e/step-stops.ts';
import { pickSteadyPort } from '../steady-port.ts';
import { sweepEveryMsDefault } from './bounds.ts';
import { type FaultLane, openFaultLane } from './fault-lane.ts';
import { type FaultParts, openFaultParts } from './fault-parts.ts';
import { type Digests, pushReleases } from './fault-releases.ts';

/** Where the lane under test lives: our own registry keeps fences, a foreign one takes whatever write comes. */
export type TargetKind = 'embedded' | 'foreign';

export interface FaultWorldOptions {
  readonly target: TargetKind;
  readonly workers?: number;
  /** A silent worker is taken for dead after so long. */
  readonly lockMs?: number;
  readonly sweepEveryMs?: number;
  /** A Redis of the test's own; the service's private one when absent. */
  readonly redisUrl?: string;
}

/** Short, so that a test need not wait: what it waits for passes, however short it is. */
const lockMsDefault = 1_000;

/** The service, its lane `web@staging`, its processes, and where they stop. */
export interface FaultWorld extends FaultLane, FaultParts {
  readonly stops: StepStops;
  /** In front of the foreign registry. */
  readonly proxy: RegistryProxy;
  /** The lane's repository, past all proxies. */
  readonly target: Target;
  readonly digests: Digests;
  close(): Promise<void>;
}

/** Starts everything, with the releases pushed to dev and none promoted. */
export async function openFaultWorld(options: FaultWorldOptions): Promise<FaultWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'faults-'));
  const foreign = options.target === 'foreign' ? await openForeign() : undefined;
  const closeAround = async () => {
    await foreign?.close();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const world = await openWithin(directory, foreign, options);
    return {
      ...world,
      get proxy() {
        if (foreign === undefined) throw new Error('no proxy stands before our own registry');
        return foreign.proxy;
      },
      close: async () => {
        await world.close();
        await closeAround();
      },
    };
  } catch (error) {
    await closeAround();
    throw error;
  }
}

async function openWithin(
  directory: string,
  foreign: Foreign | undefined,
  options: FaultWorldOptions,
): Promise<Omit<FaultWorld, 'proxy'>> {
  const stops = await openStepStops(join(directory, 'stops'));
  const registryPort = await pickSteadyPort();
  const own = `http://127.0.0.1:${registryPort}`;
  const configFile = join(directory, 'registry-action.yaml');
  await writeFile(configFile, configText(own, foreign?.proxy.url));
  const dataDirectory = join(directory, 'data');
  const events: ServiceEvent[] = [];
  const service = await openService({
    ...{ dataDirectory, registryPort, configFile, host: '127.0.0.1', apiPort: 0, now: Date.now },
    workers: options.workers ?? 2,
    redisUrl: options.redisUrl,
    environment: environmentOf(options, stops.directory),
    onEvent: (event) => events.push(event),
  });
  const token = (await readFile(join(dataDirectory, 'admin.token'), 'utf8')).trim();
  const ours = openRegistryClient({ url: own, credentials: async () => ({ username: 'admin', password: token }) });
  const theirs = foreign === undefined ? ours : openRegistryClient({ url: foreign.distribution.url });
  const target = theirs.repository(parseRepositoryName('staging/web'));
  const digests = await pushReleases(ours.repository(parseRepositoryName('dev/web')));
  const parts = openFaultParts(events);
  const redisUrl = options.redisUrl ?? (await parts.environmentOf('api'))['REDIS_URL'] ?? '';
  const lane = openFaultLane({ apiUrl: String(service.apiUrl), token, target, digests, redisUrl });
  const close = async () => {
    await stops.withdraw();
    parts.wake();
    await service.close();
    await lane.close();
    await ours.close();
    await theirs.close();
  };
  return { ...lane, ...parts, stops, target, digests, close };
}

function environmentOf({ lockMs, sweepEveryMs }: FaultWorldOptions, stopsDirectory: string) {
  return {
    ...process.env,
    REDIS_URL: undefined,
    REGISTRY_ACTION_LOCK_MS: String(lockMs ?? lockMsDefault),
    REGISTRY_ACTION_SWEEP_MS: String(sweepEveryMs ?? sweepEveryMsDefault),
    REGISTRY_ACTION_LOG_LEVEL: process.env['REGISTRY_ACTION_LOG_LEVEL'] ?? 'fatal',
    REGISTRY_ACTION_STOP_AT: stopsDirectory,
  };
}

interface Foreign {
  readonly distribution: Distribution;
  readonly proxy: RegistryProxy;
  close(): Promise<void>;
}

async function openForeign(): Promise<Foreign> {
  const distribution = await openDistribution();
  const proxy = await openRegistryProxy(distribution.url);
  return {
    distribution,
    proxy,
    close: async () => {
      await proxy.close();
      await distribution.close();
    },
  };
}

function configText(own: string, foreign: string | undefined): string {
  return [
    'registries:',
    `  embedded: { url: "${own}" }`,
    ...(foreign === undefined ? [] : [`  other: { url: "${foreign}", auth: anonymous }`]),
    'apps: { web: { repository: web } }',
    'environments:',
    '  dev: { registry: embedded, repository: "dev/{app}" }',
    `  staging: { registry: ${foreign === undefined ? 'embedded' : 'other'}, repository: "staging/{app}", from: dev, goodAfter: 0s }`,
  ].join('\n');
}
