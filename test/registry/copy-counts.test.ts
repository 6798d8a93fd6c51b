/** What a copy asks of two registries, counted by proxies before them: exactly so much, and never more. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { openCopyMemory } from '../../oci/copy/copy-memory.ts';
import { copyToMany } from '../../oci/copy/copy-to-many.ts';
import type { Target } from '../../oci/copy/target.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { type Content, imageOf, indexOf, layerOf, pushAll } from '../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';
import { openTokenProxy, type TokenProxy } from './token-proxy.ts';

const v1 = parseTag('1.0.0');
const latest = parseTag('latest');

/** A registry, the proxy before it, and a client that has met it. */
interface Counted {
  readonly registry: RegistryUnderTest;
  readonly proxy: TokenProxy;
  readonly client: RegistryClient;
}

let from: Counted;
let to: Counted;

beforeEach(async () => {
  from = await openCounted();
  to = await openCounted();
});

afterEach(async () => {
  for (const { client, proxy, registry } of [from, to]) {
    await client.close();
    await proxy.close();
    await registry.close();
  }
});

/** `isMet`: the client knows where the registry's tokens come from, but has none for these repositories. */
async function openCounted(isMet = true): Promise<Counted> {
  const registry = await openRegistryUnderTest();
  const proxy = await openTokenProxy(registry.url, registry.tokens.admin);
  const client = openRegistryClient({ url: proxy.url });
  if (isMet) await client.ping();
  proxy.take();
  return { registry, proxy, client };
}

/** An image for every platform, in an index. */
interface Release {
  readonly contents: readonly Content[];
  readonly root: Content;
  readonly platforms: number;
  readonly blobs: number;
}

function releaseOf(platforms: number, layers: number, isShared: boolean, salt = ''): Release {
  const layerNames = (platform: number) =>
    Array.from({ length: layers }, (_, layer) => `${salt} layer ${layer} of ${isShared ? 'all' : platform}`);
  const images = Array.from({ length: platforms }, (_, platform) => {
    const parts = layerNames(platform).map(layerOf);
    const { manifest, config } = imageOf(
      `{"platform":${platform},"salt":"${salt}"}`,
      parts.map(({ descriptor }) => descriptor),
    );
    return { parts, manifest, config };
  });
  const root = indexOf(images.map(({ manifest }) => manifest.descriptor));
  const contents = images.flatMap(({ parts, manifest, config }) => [...parts, config, manifest]);
  const blobs = isShared ? platforms + layers : platforms * (layers + 1);
  return { contents, root, platforms, blobs };
}

async function sourceOf(release: Release): Promise<Target> {
  const source = from.client.repository(parseRepositoryName('dev/app'));
  // Past the client under test, so that it has no token for the repository yet.
  const seeding = openRegistryClient({
    url: from.registry.url,
    credentials: async () => ({ username: 'test', password: from.registry.tokens.admin }),
  });
  const seeded = seeding.repository(parseRepositoryName('dev/app'));
  await pushAll(seeded, release.contents);
  await seeded.pushTag(v1, release.root);
  await seeding.close();
  return source;
}

function targetOf(name = 'production/app', counted = to): Target {
  return counted.client.repository(parseRepositoryName(name));
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

const shapes = [
  { platforms: 1, layers: 1, isShared: false },
  { platforms: 1, layers: 5, isShared: false },
  { platforms: 3, layers: 1, isShared: false },
  { platforms: 3, layers: 5, isShared: false },
  { platforms: 3, layers: 1, isShared: true },
  { platforms: 3, layers: 5, isShared: true },
];

describe.each(shapes)('of $platforms platforms with $layers layers each, shared: $isShared,', (shape) => {
  const release = releaseOf(shape.platforms, shape.layers, shape.isShared);
  const { platforms: n, blobs } = release;

  it('a first copy makes 3B + 2n + 6 requests, tokens included', async () => {
    const source = await sourceOf(release);
    from.proxy.take();
    await copy(source, v1, targetOf(), [v1]);
    const [asked, told] = [from.proxy.take(), to.proxy.take()];
    expect(asked).toEqual({ token: 1, 'GET manifest': n + 1, 'GET blob': blobs });
    expect(told).toEqual({
      token: 1,
      'HEAD manifest': 1,
      'GET tags': 1,
      'POST blob': blobs,
      'PUT blob': blobs,
      'PUT manifest': n + 1,
    });
    expect(sum(asked) + sum(told)).toBe(3 * blobs + 2 * n + 6);
  });

  it('a repeated copy makes two requests, and of a digest one', async () => {
    const source = await sourceOf(release);
    await copy(source, v1, targetOf(), [v1]);
    from.proxy.take();
    to.proxy.take();
    await copy(source, v1, targetOf(), [v1]);
    expect([from.proxy.take(), to.proxy.take()]).toEqual([{ 'GET manifest': 1 }, { 'HEAD manifest': 1 }]);
    await copy(source, release.root.descriptor.digest, targetOf(), [v1]);
    expect([from.proxy.take(), to.proxy.take()]).toEqual([{}, { 'HEAD manifest': 1 }]);
  });

  it('a copy within the registry makes B + 2n + 4 requests besides tokens, and moves no blob bytes', async () => {
    const source = await sourceOf(release);
    from.proxy.take();
    from.proxy.takeBlobBytes();
    await copy(source, v1, targetOf('staging/app', from), [v1]);
    const { token: _, ...asked } = from.proxy.take();
    expect(asked).toEqual({
      'GET manifest': n + 1,
      'HEAD manifest': 1,
      'GET tags': 1,
      'POST mount': blobs,
      'PUT manifest': n + 1,
    });
    expect(sum(asked)).toBe(blobs + 2 * n + 4);
    expect(from.proxy.takeBlobBytes()).toBe(0);
  });

  it('another tag in the repository takes two requests', async () => {
    const source = await sourceOf(release);
    await source.resolve(v1);
    from.proxy.take();
    await copy(source, v1, source, [latest]);
    const { token: _, ...asked } = from.proxy.take();
    expect(asked).toEqual({ 'GET manifest': 1, 'PUT manifest': 1 });
  });
});

describe('a copy', () => {
  it('of an image without an index makes 3B + 6 requests', async () => {
    const layer = layerOf('alone');
    const { manifest, config } = imageOf('{"alone":true}', [layer.descriptor]);
    const source = await sourceOf({ contents: [layer, config], root: manifest, platforms: 1, blobs: 2 });
    from.proxy.take();
    await copy(source, v1, targetOf(), [v1]);
    expect(sum(from.proxy.take()) + sum(to.proxy.take())).toBe(3 * 2 + 6);
  });

  it('costs one challenge more at each registry that was never met', async () => {
    const release = releaseOf(1, 1, false);
    await sourceOf(release);
    const strangers = [openRegistryClient({ url: from.proxy.url }), openRegistryClient({ url: to.proxy.url })] as const;
    from.proxy.take();
    const [source, target] = strangers.map((client) => client.repository(parseRepositoryName('dev/app')));
    if (source === undefined || target === undefined) throw new Error('two were opened');
    await copy(source, v1, target, [v1]);
    expect([from.proxy.take()['challenge'], to.proxy.take()['challenge']]).toEqual([1, 1]);
    for (const stranger of strangers) await stranger.close();
  });

  it('into a repository with other tags asks for what may be there, and sends only what is not', async () => {
    const source = await sourceOf(releaseOf(3, 5, true));
    await copy(source, v1, targetOf(), [v1]);
    const next = releaseOf(3, 5, true, '');
    const other = layerOf('a new layer');
    const image = imageOf('{"next":true}', [other.descriptor, ...layersOf(next)]);
    await sourceOf({ contents: [other, image.config], root: image.manifest, platforms: 1, blobs: 7 });
    from.proxy.take();
    to.proxy.take();
    to.proxy.takeBlobBytes();
    await copy(source, v1, targetOf(), [latest]);
    const { token: _, ...told } = to.proxy.take();
    expect(told).toEqual({
      // The tag, and the root by its digest.
      'HEAD manifest': 2,
      'GET tags': 1,
      // Six layers; the configuration is sent unasked.
      'HEAD blob': 6,
      'POST blob': 2,
      'PUT blob': 2,
      'PUT manifest': 1,
    });
    expect(to.proxy.takeBlobBytes()).toBe(other.bytes.length + image.config.bytes.length);
  });

  it('that remembers asks for nothing it has seen, however many copies there were between', async () => {
    const memory = openCopyMemory(() => 0);
    const source = await sourceOf(releaseOf(1, 5, true));
    await copy(source, v1, targetOf(), [v1], { memory });
    const other = layerOf('a new layer');
    const image = imageOf('{"next":true}', [other.descriptor, ...layersOf(releaseOf(1, 5, true))]);
    await sourceOf({ contents: [other, image.config], root: image.manifest, platforms: 1, blobs: 7 });
    to.proxy.take();
    await copy(source, v1, targetOf(), [latest], { memory });
    const { token: _, ...told } = to.proxy.take();
    expect(told).toEqual({ 'HEAD manifest': 2, 'HEAD blob': 1, 'POST blob': 2, 'PUT blob': 2, 'PUT manifest': 1 });
  });

  it('that remembers mounts what an earlier one brought to the registry', async () => {
    const memory = openCopyMemory(() => 0);
    const release = releaseOf(3, 5, true);
    const source = await sourceOf(release);
    await copy(source, v1, targetOf('staging/app'), [v1], { memory });
    to.proxy.take();
    to.proxy.takeBlobBytes();
    await copy(source, v1, targetOf('production/app'), [v1], { memory });
    const told = to.proxy.take();
    expect(told).toMatchObject({ 'POST mount': release.blobs, 'PUT manifest': 4 });
    expect(told).not.toHaveProperty('PUT blob');
    expect(to.proxy.takeBlobBytes()).toBe(0);
  });

  it('that was wrong about what it remembers finds out by the refusal, and puts it right', async () => {
    const memory = openCopyMemory(() => 0);
    const source = await sourceOf(releaseOf(1, 5, true));
    await copy(source, v1, targetOf(), [v1], { memory });
    const emptied = await openCounted();
    const { client, ...rest } = to;
    await client.close();
    await rest.proxy.close();
    await rest.registry.close();
    to = emptied;
    const target: Target = {
      ...targetOf(),
      place: { registry: rest.proxy.url, repository: parseRepositoryName('production/app') },
    };
    const result = await copy(source, v1, target, [latest], { memory });
    expect((await target.resolve(latest))?.digest).toBe(result.root.digest);
  });
});

describe('copies at the same time', () => {
  it('that share layers read and send each of them once', async () => {
    const memory = openCopyMemory(() => 0);
    const release = releaseOf(3, 5, true);
    const source = await sourceOf(release);
    from.proxy.take();
    const repositories = Array.from({ length: 10 }, (_, at) => targetOf(`team-${at}/app`));
    await Promise.all(repositories.map((target) => copy(source, v1, target, [v1], { memory })));
    expect(from.proxy.take()['GET blob']).toBe(release.blobs);
    expect(to.proxy.take()['PUT blob']).toBe(release.blobs);
    for (const target of repositories) expect((await target.resolve(v1))?.digest).toBe(release.root.descriptor.digest);
  });

  it('into one repository send everything once', async () => {
    const memory = openCopyMemory(() => 0);
    const release = releaseOf(3, 5, false);
    const source = await sourceOf(release);
    await Promise.all([v1, latest].map((tag) => copy(source, v1, targetOf(), [tag], { memory })));
    expect(to.proxy.take()).toMatchObject({ 'PUT blob': release.blobs });
  });
});

describe('a copy to two registries', () => {
  it('reads the source once', async () => {
    const third = await openCounted();
    const release = releaseOf(3, 5, false);
    const source = await sourceOf(release);
    from.proxy.take();
    const destinations = [to, third].map((counted) => ({ target: targetOf('production/app', counted), tags: [v1] }));
    const outcomes = await copyToMany(source, v1, destinations);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['copied', 'copied']);
    expect(from.proxy.take()).toEqual({ token: 1, 'GET manifest': 4, 'GET blob': release.blobs });
    for (const { proxy } of [to, third]) expect(proxy.take()).toMatchObject({ 'PUT blob': release.blobs });
    await third.client.close();
    await third.proxy.close();
    await third.registry.close();
  });

  it('of which one is not there completes the other', async () => {
    const source = await sourceOf(releaseOf(3, 1, false));
    const gone = openRegistryClient({ url: 'http://127.0.0.1:1' });
    const lost = gone.repository(parseRepositoryName('production/app'));
    const outcomes = await copyToMany(source, v1, [
      { target: lost, tags: [v1] },
      { target: targetOf(), tags: [v1] },
    ]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['failed', 'copied']);
    expect(await targetOf().resolve(v1)).toBeDefined();
    await gone.close();
  });
});

function layersOf(release: Release) {
  return release.contents
    .filter(({ descriptor }) => descriptor.mediaType.includes('layer'))
    .slice(0, 5)
    .map(({ descriptor }) => descriptor);
}
