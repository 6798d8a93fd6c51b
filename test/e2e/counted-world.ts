/** A service whose every request to its registry goes through a counting proxy, without background rounds. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { PromotionView, Submitted } from '../../api/promotion.ts';
import { openRegistryClient } from '../../oci/client/registry-client.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { imageOf, layerOf, pushAll } from '../oci/content.ts';
import { type CountingProxy, openCountingProxy } from './counting-proxy.ts';
import { openDistribution } from './distribution.ts';
import { openServed, type Served } from './served.ts';
import { waitUntil } from './wait-until.ts';

export const registryKinds = ['embedded', 'distribution'] as const;
export type RegistryKind = (typeof registryKinds)[number];

/** The versions that every app has in dev. */
export const versions = ['1.0.0', '1.1.0'] as const;
export type Version = (typeof versions)[number];

export interface CountedWorld {
  readonly proxy: CountingProxy;
  readonly apps: readonly string[];
  /** The registry itself, past the proxy. */
  readonly registryUrl: string;
  /** Value of an Authorization header for it; undefined where none is needed. */
  readonly authorization: string | undefined;
  readonly digests: Readonly<Record<Version, Digest>>;
  promote(app: string, version: Version): Promise<Submitted>;
  rollback(app: string, to?: Version): Promise<Submitted>;
  /** Waits for the end of what was submitted, which must be a good one. */
  promoted(submitted: Submitted): Promise<PromotionView>;
  close(): Promise<void>;
}

/** The longest interval there is between two background rounds: none falls into a measurement. */
const sweepMs = 999_999;

/** Layers of an image, of a thousand bytes each: enough that copying differs from looking. */
const layersPerImage = 3;

export interface CountedWorldOptions {
  /** How many apps have both versions in dev, and nothing anywhere else. */
  readonly apps: number;
  /** A Redis of the caller's; a private one when absent. */
  readonly redisUrl?: string;
}

/** Starts it all. */
export async function openCountedWorld(kind: RegistryKind, options: CountedWorldOptions): Promise<CountedWorld> {
  const upstream = await openUpstream(kind);
  const proxy = await openCountingProxy(upstream.url);
  const names = Array.from({ length: options.apps }, (_, index) => `app-${String(index).padStart(3, '0')}`);
  const digests = await pushReleases(upstream, names);
  const served = await openServed({
    config: configText(proxy.url, names, upstream.password !== undefined),
    env: {
      REGISTRY_ACTION_SWEEP_MS: String(sweepMs),
      REDIS_URL: options.redisUrl,
      COUNTED_PASSWORD: upstream.servicePassword,
    },
  });
  const lane = (app: string) => `/api/v1/apps/${app}/environments/staging`;
  const submit = async (path: string, body: object) => {
    const answer = await served.api('POST', path, body);
    if (answer.status < 300) return answer.body as unknown as Submitted;
    throw new Error(`POST ${path}: ${JSON.stringify(answer)}`);
  };
  // The first round takes up every lane; only then is there silence.
  await proxy.takeWhenQuiet();
  return {
    proxy,
    apps: names,
    registryUrl: upstream.url,
    authorization: upstream.password === undefined ? undefined : `Basic ${btoa(`admin:${upstream.password}`)}`,
    digests,
    promote: (app, version) => submit(`${lane(app)}/promotions`, { version }),
    rollback: (app, to) => submit(`${lane(app)}/rollbacks`, { reason: 'counted', ...(to === undefined ? {} : { to }) }),
    promoted: (submitted) => waitForEnd(served, submitted),
    close: async () => {
      await served.close();
      await proxy.close();
      await upstream.close();
    },
  };
}

interface Upstream {
  readonly url: string;
  /** The administrator's; undefined where nobody is asked. */
  readonly password: string | undefined;
  /** The promotion service's, which alone moves the tags of environments. */
  readonly servicePassword: string | undefined;
  close(): Promise<void>;
}

async function openUpstream(kind: RegistryKind): Promise<Upstream> {
  if (kind === 'distribution') {
    return { password: undefined, servicePassword: undefined, ...(await openDistribution()) };
  }
  const served = await openServed({ words: ['--registry-only'] });
  const servicePassword = (await readFile(join(served.directory, '.registry-action', 'service.token'), 'utf8')).trim();
  return { url: served.registryUrl, password: served.token, servicePassword, close: served.close };
}

async function waitForEnd(served: Served, submitted: Submitted): Promise<PromotionView> {
  const id = submitted.promotion?.id;
  const view = await waitUntil(`the end of ${id}`, async () => {
    const { body } = await served.api('GET', `/api/v1/promotions/${id}`);
    const promotion = body as unknown as PromotionView;
    return promotion.finishedAt === undefined ? undefined : promotion;
  });
  if (view.state === 'promoted') return view;
  throw new Error(`not promoted: ${JSON.stringify(view)}`);
}

function configText(url: string, apps: readonly string[], signsIn: boolean): string {
  const auth = signsIn ? '{ username: service, password: { env: COUNTED_PASSWORD } }' : 'anonymous';
  return [
    'registries:',
    `  counted: { url: "${url}", auth: ${auth} }`,
    'apps:',
    ...apps.map((app) => `  ${app}: { repository: "dev/${app}" }`),
    'environments:',
    '  dev: { registry: counted, repository: "{repository}" }',
    '  staging: { registry: counted, repository: "staging/{app}", from: dev, goodAfter: 0s }',
    '',
  ].join('\n');
}

async function pushReleases(upstream: Upstream, apps: readonly string[]): Promise<Record<Version, Digest>> {
  const { url, password } = upstream;
  const credentials = async () => (password === undefined ? undefined : { username: 'admin', password });
  const client = openRegistryClient({ url, credentials });
  const images = versions.map((version) => {
    const layers = Array.from({ length: layersPerImage }, (_, index) => layerOf(`${version} ${index} `.repeat(125)));
    const descriptors = layers.map((layer) => layer.descriptor);
    const image = imageOf(JSON.stringify({ os: 'linux', architecture: 'amd64', version }), descriptors);
    return { version, layers, ...image };
  });
  for (const app of apps) {
    const repository = client.repository(parseRepositoryName(`dev/${app}`));
    for (const { version, layers, manifest, config } of images) {
      await pushAll(repository, [...layers, config]);
      await repository.pushTag(parseTag(version), manifest);
    }
  }
  await client.close();
  const digestOf = (version: Version) => {
    const found = images.find((image) => image.version === version);
    if (found === undefined) throw new Error(`no image of ${version}`);
    return found.manifest.descriptor.digest;
  };
  return { '1.0.0': digestOf('1.0.0'), '1.1.0': digestOf('1.1.0') };
}
