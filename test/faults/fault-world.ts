/** A whole service of real processes, one of whose workers stops itself at a named step, and the means to look at what is left. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HistoryView } from '../../api/history.ts';
import type { PromotionView, Submitted } from '../../api/promotion.ts';
import { readHistory } from '../../core/history.ts';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import type { LaneStepName } from '../../service/lanes/lane-parts.ts';
import { resolveFreePort } from '../../service/redis/free-port.ts';
import { openService, type RunningService } from '../../service/supervisor/open-service.ts';
import type { ServiceEvent } from '../../service/supervisor/service-event.ts';
import { type Distribution, openDistribution } from '../e2e/distribution.ts';
import { openRegistryProxy, type RegistryProxy } from '../e2e/registry-proxy.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';

/** Where the lane under test lives: our own registry keeps fences, a foreign one takes whatever write comes. */
export type TargetKind = 'embedded' | 'foreign';

export interface FaultWorldOptions {
  readonly target: TargetKind;
  /** The step at which an armed worker stops itself; undefined for none. */
  readonly stopAt?: LaneStepName;
}

/** Short, so that a test need not wait: workers are taken for dead after two seconds, lanes looked at every second. */
const lockMs = 2_000;
export const sweepEveryMs = 1_000;

export interface FaultWorld {
  readonly events: ServiceEvent[];
  /** In front of the foreign registry; undefined for the embedded one. */
  readonly proxy: RegistryProxy | undefined;
  /** The lane's repository, past all proxies. */
  readonly target: Target;
  readonly digests: Readonly<Record<'1.0.0' | '1.1.0' | '1.2.0', Digest>>;
  promote(version: string): Promise<PromotionView>;
  rollback(to?: string): Promise<PromotionView>;
  read(id: string): Promise<PromotionView>;
  /** Waits for the end of the promotion. */
  finished(id: string): Promise<PromotionView>;
  /** The next worker to reach the step stops. */
  arm(): Promise<void>;
  /** Process id of the worker that stopped itself. Fails when the step was never reached. */
  stopped(): Promise<number>;
  pidOf(part: string): number;
  tag(): Promise<Digest | undefined>;
  /** Waits until the tag has been on the version for three of the sweeper's rounds: whatever was still to land has landed. */
  staysOn(version: keyof FaultWorld['digests']): Promise<void>;
  /** `number digest12` of all history entries. */
  history(): Promise<readonly string[]>;
  /** `rN version` of the committed entries, oldest first. */
  committed(): Promise<readonly string[]>;
  /** Kinds of the committed entries that somebody asked for, oldest first. */
  asked(): Promise<readonly string[]>;
  close(): Promise<void>;
}

export async function openFaultWorld(options: FaultWorldOptions): Promise<FaultWorld> {
  const directory = await mkdtemp(join(tmpdir(), 'faults-'));
  const marker = join(directory, 'stopped');
  await writeFile(marker, 'disarmed');
  const foreign = options.target === 'foreign' ? await openForeign() : undefined;
  const registryPort = await resolveFreePort('127.0.0.1');
  const dataDirectory = join(directory, 'data');
  const own = `http://127.0.0.1:${registryPort}`;
  const configFile = join(directory, 'registry-action.yaml');
  await writeFile(configFile, configText(own, foreign?.proxy.url));
  const events: ServiceEvent[] = [];
  const stop = options.stopAt === undefined ? {} : { REGISTRY_ACTION_STOP_AT: `${options.stopAt}@staging:${marker}` };
  const service = await openService({
    dataDirectory,
    host: '127.0.0.1',
    apiPort: 0,
    registryPort,
    configFile,
    workers: 2,
    environment: {
      ...process.env,
      REDIS_URL: undefined,
      REGISTRY_ACTION_LOCK_MS: String(lockMs),
      REGISTRY_ACTION_SWEEP_MS: String(sweepEveryMs),
      REGISTRY_ACTION_LOG_LEVEL: process.env['REGISTRY_ACTION_LOG_LEVEL'] ?? 'fatal',
      ...stop,
    },
    now: Date.now,
    onEvent: (event) => events.push(event),
  });
  const token = (await readFile(join(dataDirectory, 'admin.token'), 'utf8')).trim();
  const ours = openRegistryClient({ url: own, credentials: async () => ({ username: 'admin', password: token }) });
  const theirs = foreign === undefined ? ours : openRegistryClient({ url: foreign.distribution.url });
  const target = theirs.repository(parseRepositoryName('staging/web'));
  const digests = await pushReleases(ours);
  const world = faultWorld({ service, token, events, marker, target, proxy: foreign?.proxy, digests });
  return {
    ...world,
    close: async () => {
      continueStopped(marker);
      await service.close();
      await ours.close();
      await theirs.close();
      await foreign?.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface WorldParts {
  readonly service: RunningService;
  readonly token: string;
  readonly events: ServiceEvent[];
  readonly marker: string;
  readonly target: Target;
  readonly proxy: RegistryProxy | undefined;
  readonly digests: FaultWorld['digests'];
}

function faultWorld(parts: WorldParts): Omit<FaultWorld, 'close'> {
  const { events, marker, target } = parts;
  const call = apiCaller(String(parts.service.apiUrl), parts.token);
  const lane = '/api/v1/apps/web/environments/staging';
  const submit = async (what: string, body: object) => {
    const submitted = (await call('POST', `${lane}/${what}`, body)) as Submitted;
    if (submitted.promotion === undefined) throw new Error(`nothing was queued: ${JSON.stringify(submitted)}`);
    return submitted.promotion;
  };
  const tag = async () => (await target.resolve(parseTag('staging')))?.digest;
  const receipted = async () => {
    const view = (await call('GET', `${lane}/history`)) as HistoryView;
    return view.entries.filter((entry) => entry.receipted).reverse();
  };
  const read = async (id: string) => (await call('GET', `/api/v1/promotions/${id}`)) as PromotionView;
  return {
    events,
    proxy: parts.proxy,
    target,
    digests: parts.digests,
    promote: (version) => submit('promotions', { version }),
    rollback: (to) => submit('rollbacks', { reason: 'fault test', ...(to === undefined ? {} : { to }) }),
    read,
    finished: (id) =>
      waitUntil(`the end of ${id}`, async () => {
        const promotion = await read(id).catch(() => undefined);
        return promotion?.finishedAt === undefined ? undefined : promotion;
      }),
    arm: () => rm(marker),
    stopped: () => waitUntil('a worker reaches the step', async () => stoppedPid(marker)),
    pidOf: (part) => {
      const event = events.findLast(
        (some) => (some.kind === 'part-started' || some.kind === 'part-restarted') && some.part === part,
      );
      if (event === undefined || !('pid' in event)) throw new Error(`no part ${part} among ${JSON.stringify(events)}`);
      return event.pid;
    },
    tag,
    staysOn: (version) => {
      let since = Date.now();
      return waitUntil(`the tag stays on ${version}`, async () => {
        if ((await tag()) !== parts.digests[version]) since = Date.now();
        return Date.now() - since > 3 * sweepEveryMs ? true : undefined;
      }).then(() => undefined);
    },
    history: async () => {
      const entries = readHistory('staging', await Array.fromAsync(target.listTags()));
      return entries.map((entry) => `${entry.number} ${entry.digest12}`);
    },
    committed: async () => (await receipted()).map((entry) => `r${entry.number} ${entry.version}`),
    asked: async () => {
      const kinds = (await receipted()).map((entry) => entry.kind);
      return kinds.filter((kind) => kind === 'promotion' || kind === 'rollback');
    },
  };
}

async function openForeign(): Promise<{ distribution: Distribution; proxy: RegistryProxy; close(): Promise<void> }> {
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

async function pushReleases(client: RegistryClient): Promise<FaultWorld['digests']> {
  const repository = client.repository(parseRepositoryName('dev/web'));
  const release = async (version: string) => {
    const layer = layerOf(`release ${version}`);
    const { manifest, config } = imageOf(JSON.stringify({ os: 'linux', architecture: 'amd64', version }), [
      layer.descriptor,
    ]);
    await pushAll(repository, [layer, config]);
    await repository.pushTag(parseTag(version), manifest);
    return manifest.descriptor.digest;
  };
  return { '1.0.0': await release('1.0.0'), '1.1.0': await release('1.1.0'), '1.2.0': await release('1.2.0') };
}

function apiCaller(url: string, token: string) {
  return async (method: string, path: string, body?: object): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const answer = await fetch(new URL(path, url), {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  };
}

/** The worker's own note of its process id, once the kernel says that it stands still. */
function stoppedPid(marker: string): number | undefined {
  if (!existsSync(marker)) return undefined;
  const pid = Number(readFileSync(marker, 'utf8'));
  if (!Number.isInteger(pid) || pid === 0) return undefined;
  const state = /\) (\w) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  return state === 'T' ? pid : undefined;
}

/** A test that failed half way must not leave a stopped process: the service could not close. */
function continueStopped(marker: string): void {
  const pid = existsSync(marker) ? Number(readFileSync(marker, 'utf8')) : Number.NaN;
  if (!Number.isInteger(pid) || pid === 0) return;
  try {
    process.kill(pid, 'SIGCONT');
  } catch {
    // It was killed, as the test meant it to be.
  }
}
