/** Two registries behind proxies that break exchanges, copies between them, and what such a copy must have come to. */
import { randomBytes } from 'node:crypto';
import { expect } from 'vitest';
import { CodedError } from '../../errors/errors.ts';
import { ordinaryQuirks, type RegistryQuirks } from '../../oci/client/quirks.ts';
import { openRegistryClient, type RegistryClient, type RegistryClientInit } from '../../oci/client/registry-client.ts';
import { systemTiming, type Timing } from '../../oci/client/wire/timing.ts';
import { copy } from '../../oci/copy/copy.ts';
import type { CopyResult } from '../../oci/copy/copy-graph.ts';
import { proveGraph } from '../../oci/copy/prove-graph.ts';
import { listFallbackReferrers } from '../../oci/copy/referrers/referrer-fallback.ts';
import type { Target } from '../../oci/copy/target.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll, readAll } from '../oci/content.ts';
import { type FaultProxy, openFaultProxy } from './fault-proxy.ts';
import { movableTags, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';
import { openTokenProxy, type TokenProxy } from './token-proxy.ts';

/** What the image is called wherever it is. */
export const tag = parseTag('1.0.0');
/** Where the image lies at the source. */
export const app = parseRepositoryName('dev/app');

/** Two platforms of two layers each: one below and one above what is read ahead. */
const images = ['amd64', 'arm64'].map((architecture) => {
  const layers = [10_000, 600_000].map((size) => contentOf(mediaTypes.ociLayerGzip, randomBytes(size)));
  const { manifest, config } = imageOf(
    JSON.stringify({ architecture, os: 'linux' }),
    layers.map(({ descriptor }) => descriptor),
  );
  return { layers, config, manifest };
});
/** The image. */
export const root = indexOf(images.map(({ manifest }) => manifest.descriptor));
/** Its blobs. */
export const blobs: readonly Content[] = images.flatMap(({ layers, config }) => [...layers, config]);
/** All below the root, in an order in which a registry takes it. */
export const contents: readonly Content[] = [...blobs, ...images.map(({ manifest }) => manifest)];

/** What points at the image. */
const statement = layerOf('it was built by us');
const nothing = contentOf(mediaTypes.ociEmpty, Buffer.from('{}'));
const referrer = manifestOf(mediaTypes.ociManifest, {
  artifactType: 'application/vnd.example.statement',
  config: nothing.descriptor,
  layers: [statement.descriptor],
  subject: root.descriptor,
});

/** What a target that is not new holds besides a platform of the image: an image that shares a layer with the other. */
const otherTag = parseTag('other');
const shared: readonly Content[] = images.slice(1).flatMap(({ layers }) => layers.slice(0, 1));
const { config, manifest } = imageOf(
  '{"of":"a neighbour"}',
  shared.map(({ descriptor }) => descriptor),
);
const neighbour = { config, manifest };

/** How a copy differs from one into a new repository of another registry. */
export interface CopyWay {
  /** From which size on blobs are read in bulk: without a limit those of at least 1 MiB, which is none of these. */
  readonly bulkSizeBytesMin?: number;
  /** How the target is known to like its blobs. */
  readonly quirks?: Partial<RegistryQuirks>;
  /** Where it goes: a repository that holds some of it, or one beside the source. */
  readonly into?: 'a held repository' | 'the same registry';
  /** What points at the image is taken along. */
  readonly withReferrers?: boolean;
  readonly timing?: Timing;
}

/** What a copy came to. */
export interface Attempt {
  readonly repository: RepositoryName;
  readonly result: CopyResult | undefined;
  readonly error: unknown;
  readonly way: CopyWay;
}

export interface Side {
  readonly registry: RegistryUnderTest;
  readonly proxy: FaultProxy;
  /** The registry past the proxy. */
  readonly direct: RegistryClient;
  /** Where tokens come from; between the proxy and the registry. */
  readonly tokens: TokenProxy | undefined;
}

export interface CopyWorld {
  readonly source: Side;
  readonly target: Side;
  /** What a copy into a fresh repository comes to, by clients that have met neither registry. */
  copyAfresh(way?: CopyWay): Promise<Attempt>;
  /** It was a right copy, or there is a clear error and no tag of it; and without the fault a repeat makes it right. */
  expectRightOrNothing(attempt: Attempt): Promise<void>;
  /** It was a right copy. */
  expectRight(attempt: Attempt): Promise<void>;
  /** Nothing breaks any more. */
  calm(): void;
  close(): Promise<void>;
}

/** Most of a wait is skipped, on the clock as well; and a registry that says nothing for so long stands still. */
export function impatience(standstillMs = 1_000): Timing {
  const waitMsMax = 20;
  let skippedMs = 0;
  return {
    ...systemTiming,
    now: () => systemTiming.now() + skippedMs,
    async sleep(delayMs, signal) {
      skippedMs += Math.max(0, delayMs - waitMsMax);
      await systemTiming.sleep(Math.min(delayMs, waitMsMax), signal);
    },
    answerMs: standstillMs,
    commitMs: standstillMs,
    stallMs: standstillMs,
  };
}

/** Both registries, with the image in each of them. `signIn`: what they want to see. */
export async function openCopyWorld(signIn: 'passwords' | 'tokens' = 'passwords'): Promise<CopyWorld> {
  const source = await openSide(signIn);
  const target = await openSide(signIn);
  for (const { direct } of [source, target]) {
    const seeded = direct.repository(app);
    await pushAll(seeded, contents);
    await seeded.pushTag(tag, root);
    await pushAll(seeded, [nothing, statement, referrer]);
  }
  let repositories = 0;
  const fresh = async ({ into }: CopyWay): Promise<RepositoryName> => {
    repositories += 1;
    const name = parseRepositoryName(`production/app-${repositories}`);
    if (into === 'a held repository') await hold(target.direct.repository(name));
    return name;
  };

  const world: CopyWorld = {
    source,
    target,
    async copyAfresh(way = {}) {
      const repository = await fresh(way);
      const { timing = impatience() } = way;
      const to = clientOf(target, way, timing);
      const from = way.into === 'the same registry' ? to : clientOf(source, way, timing);
      const options = way.withReferrers ? { referrers: { timing } } : {};
      try {
        const result = await copy(from.repository(app), tag, to.repository(repository), [tag], options);
        return { repository, way, result, error: undefined };
      } catch (error) {
        return { repository, way, result: undefined, error };
      } finally {
        await Promise.all([from.close(), to.close()]);
      }
    },
    async expectRightOrNothing({ repository, error, way, result }) {
      const there = target.direct.repository(repository);
      if (error === undefined) {
        await expectWhole(there);
        if (way.withReferrers) await expectCarried(there, result);
        return;
      }
      expect(error).toBeInstanceOf(CodedError);
      expect(await Array.fromAsync(there.listTags())).toEqual(way.into === 'a held repository' ? [otherTag] : []);
      await copy(source.direct.repository(app), tag, there, [tag]);
      await expectWhole(there);
    },
    expectRight: async ({ repository, error, way, result }) => {
      if (error !== undefined) throw error;
      const there = target.direct.repository(repository);
      await expectWhole(there);
      if (way.withReferrers) await expectCarried(there, result);
    },
    calm() {
      for (const { proxy } of [source, target]) proxy.plan();
    },
    async close() {
      for (const { registry, tokens, proxy, direct } of [source, target]) {
        await direct.close();
        await proxy.close();
        await tokens?.close();
        await registry.close();
      }
    },
  };
  return world;
}

/** Everything is there, byte for byte. */
export async function expectWhole(repository: Target): Promise<void> {
  expect((await repository.resolve(tag))?.digest).toBe(root.descriptor.digest);
  expect(await proveGraph(repository, root.descriptor)).toMatchObject({ complete: true });
  for (const { descriptor, bytes } of blobs) {
    expect(Buffer.compare(await readAll(await repository.fetchBlob(descriptor)), bytes)).toBe(0);
  }
}

async function openSide(signIn: 'passwords' | 'tokens'): Promise<Side> {
  const registry = await openRegistryUnderTest({ settings: movableTags });
  const password = registry.tokens.admin;
  const tokens = signIn === 'tokens' ? await openTokenProxy(registry.url, password) : undefined;
  const proxy = await openFaultProxy(tokens?.url ?? registry.url);
  const direct = openRegistryClient({ url: registry.url, credentials: async () => ({ username: 'test', password }) });
  return { registry, tokens, proxy, direct };
}

function clientOf({ registry, proxy }: Side, { bulkSizeBytesMin, quirks }: CopyWay, timing: Timing): RegistryClient {
  const init: RegistryClientInit = {
    url: proxy.url,
    credentials: async () => ({ username: 'test', password: registry.tokens.admin }),
    ...(bulkSizeBytesMin === undefined ? {} : { bulkSizeBytesMin }),
    ...(quirks === undefined ? {} : { quirksOf: () => ({ ...ordinaryQuirks, ...quirks }) }),
  };
  return openRegistryClient(init, timing);
}

/** One platform of the image, and another image that shares a layer with the other platform. */
async function hold(repository: Target): Promise<void> {
  const [first] = images;
  if (first === undefined) return;
  await pushAll(repository, [...first.layers, first.config, first.manifest, ...shared, ...Object.values(neighbour)]);
  await repository.pushTag(otherTag, indexOf([first.manifest.descriptor, neighbour.manifest.descriptor]));
}

/** What points at the image is listed at the target, or it is said what kept it; nothing else would have been told of it. */
async function expectCarried(repository: Target, result: CopyResult | undefined): Promise<void> {
  const { carried = [], failed = [], absent = [] } = result?.referrers ?? {};
  const subject = root.descriptor.digest;
  const told = [...carried, ...failed].map((one) => one.subject);
  expect([...told, ...absent].filter((one) => one === subject)).toEqual([subject]);
  for (const { descriptor } of carried) {
    const byTag = await listFallbackReferrers(repository, subject);
    const byApi = await repository.listReferrers?.(subject);
    expect([...byTag, ...(byApi?.referrers ?? [])].map(({ digest }) => digest)).toContain(descriptor.digest);
    expect((await repository.fetchManifest(descriptor.digest)).bytes).toEqual(Buffer.from(referrer.bytes));
  }
}
