/** What a copy asks of two registries, counted by proxies before them: exactly so much, and never more. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRegistryClient, type RegistryClient } from '../../oci/client/registry-client.ts';
import { copy } from '../../oci/copy/copy.ts';
import { openCopyMemory } from '../../oci/copy/copy-memory.ts';
import { copyToMany } from '../../oci/copy/copy-to-many.ts';
import type { Target } from '../../oci/copy/target.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';
import { parseTag } from '../../oci/spec/tag.ts';
import { bytesOf, type Content, contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../oci/content.ts';
import { movableTags, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';
import { openTokenProxy, type Refuse, type TokenProxy } from './token-proxy.ts';

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

/** The client knows where the registry's tokens come from, but has none for these repositories. */
async function openCounted(refuse?: Refuse): Promise<Counted> {
  const registry = await openRegistryUnderTest({ settings: movableTags });
  const proxy = await openTokenProxy(registry.url, registry.tokens.admin, refuse);
  const client = openRegistryClient({ url: proxy.url });
  await client.ping();
  proxy.take();
  return { registry, proxy, client };
}

/** The same repository for a process that has just started: its client was never told anything. */
async function asStranger<Result>(use: (source: Target, target: Target) => Promise<Result>): Promise<Result> {
  const clients = [from, to].map(({ proxy }) => openRegistryClient({ url: proxy.url }));
  const [source, target] = clients.map((client, at) =>
    client.repository(parseRepositoryName(at === 0 ? 'dev/app' : 'production/app')),
  );
  if (source === undefined || target === undefined) throw new Error('two were opened');
  try {
    return await use(source, target);
  } finally {
    for (const client of clients) await client.close();
  }
}

/** An image for every platform, in an index. */
interface Release {
  readonly contents: readonly Content[];
  readonly root: Content;
  /** The root and the platforms. */
  readonly subjects: readonly Content[];
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
  return { contents, root, subjects: [root, ...images.map(({ manifest }) => manifest)], platforms, blobs };
}

/** Something about each subject: an artifact of one layer, and of the configuration that all artifacts share. */
function reportsOn(subjects: readonly Content[]): readonly Content[] {
  const empty = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));
  const reports = subjects.map((subject) => {
    const layer = layerOf(`a report on ${subject.descriptor.digest}`);
    const manifest = manifestOf(mediaTypes.ociManifest, {
      artifactType: 'application/vnd.example.report',
      config: empty.descriptor,
      layers: [layer.descriptor],
      subject: subject.descriptor,
    });
    return [layer, manifest];
  });
  return [empty, ...reports.flat()];
}

async function sourceOf(release: Pick<Release, 'contents' | 'root'>, more: readonly Content[] = []): Promise<Target> {
  const source = from.client.repository(parseRepositoryName('dev/app'));
  // Past the client under test, so that it has no token for the repository yet.
  const seeding = openRegistryClient({
    url: from.registry.url,
    credentials: async () => ({ username: 'test', password: from.registry.tokens.admin }),
  });
  const seeded = seeding.repository(parseRepositoryName('dev/app'));
  await pushAll(seeded, release.contents);
  await seeded.pushTag(v1, release.root);
  await pushAll(seeded, more);
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

  it('a first copy by a process that has just started makes 3B + 2n + 8', async () => {
    await sourceOf(release);
    from.proxy.take();
    await asStranger(async (source, target) => await copy(source, v1, target, [v1]));
    const [asked, told] = [from.proxy.take(), to.proxy.take()];
    // Each registry turns it away once, to say where its tokens come from.
    expect(asked).toEqual({ challenge: 1, token: 1, 'GET manifest': n + 1, 'GET blob': blobs });
    expect(told).toMatchObject({ challenge: 1, token: 1, 'HEAD manifest': 1, 'GET tags': 1 });
    expect(sum(asked) + sum(told)).toBe(3 * blobs + 2 * n + 8);
  });

  it('a first copy opens no more connections to either side than there are blobs', async () => {
    const source = await sourceOf(release);
    for (const { proxy } of [from, to]) proxy.takeConnections();
    await copy(source, v1, targetOf(), [v1]);
    expect(from.proxy.takeConnections()).toBeLessThanOrEqual(blobs);
    expect(to.proxy.takeConnections()).toBeLessThanOrEqual(blobs);
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
    await copy(source, release.root.descriptor.digest, targetOf(), []);
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

describe.each(shapes)(
  'with referrers, of $platforms platforms with $layers layers each, shared: $isShared,',
  (shape) => {
    const release = releaseOf(shape.platforms, shape.layers, shape.isShared);
    const { platforms: n, blobs } = release;
    const options = { referrers: {} };
    /** What a first copy makes without them. */
    const plain = 3 * blobs + 2 * n + 6;
    /** The index and the platforms, for each of which there may be some. */
    const subjects = n + 1;

    it('a first copy of an image that has none makes s + 1 requests more, all at the source', async () => {
      const source = await sourceOf(release);
      from.proxy.take();
      await copy(source, v1, targetOf(), [v1], options);
      const [asked, told] = [from.proxy.take(), to.proxy.take()];
      // One list of tags tells of all that cosign keeps under them.
      expect(asked).toMatchObject({ 'GET referrers': subjects, 'GET tags': 1 });
      expect(told).not.toHaveProperty('GET referrers');
      expect(sum(asked) + sum(told)).toBe(plain + subjects + 1);
    });

    it('a first copy makes 2s + 1 more to find r of them, r to ask for theirs, and 5r + 4 for their content', async () => {
      const source = await sourceOf(release, reportsOn(release.subjects));
      const referrers = subjects;
      from.proxy.take();
      const result = await copy(source, v1, targetOf(), [v1], options);
      expect(result.referrers?.carried).toHaveLength(referrers);
      const [asked, told] = [from.proxy.take(), to.proxy.take()];
      expect(asked).toEqual({
        token: 1,
        'GET tags': 1,
        'GET referrers': subjects + referrers,
        'GET manifest': n + 1 + referrers,
        'GET blob': blobs + referrers + 1,
      });
      expect(told).toEqual({
        token: 1,
        'GET tags': 1,
        'GET referrers': subjects,
        // The tag of the image, and the configuration that all of them share, which may be there.
        'HEAD manifest': 1,
        'HEAD blob': 1,
        'POST blob': blobs + referrers + 1,
        'PUT blob': blobs + referrers + 1,
        'PUT manifest': n + 1 + referrers,
      });
      expect(sum(asked) + sum(told)).toBe(plain + 2 * subjects + 1 + referrers + 5 * referrers + 4);
    });

    it('a repeated copy that demands them makes 2s + r + 1 more than three', async () => {
      const source = await sourceOf(release, reportsOn(release.subjects));
      const referrers = subjects;
      await copy(source, v1, targetOf(), [v1], options);
      from.proxy.take();
      to.proxy.take();
      const result = await copy(source, v1, targetOf(), [v1], options);
      expect(result.referrers?.present).toHaveLength(referrers);
      const [asked, told] = [from.proxy.take(), to.proxy.take()];
      expect(asked).toEqual({ 'GET manifest': 1, 'GET tags': 1, 'GET referrers': subjects + referrers });
      // The tag, and the image by its digest.
      expect(told).toEqual({ 'HEAD manifest': 2, 'GET referrers': subjects });
      expect(sum(asked) + sum(told)).toBe(3 + 2 * subjects + referrers + 1);
    });
  },
);

describe('a copy', () => {
  it('of an image without an index makes 3B + 6 requests', async () => {
    const layer = layerOf('alone');
    const { manifest, config } = imageOf('{"alone":true}', [layer.descriptor]);
    const source = await sourceOf({ contents: [layer, config], root: manifest });
    from.proxy.take();
    await copy(source, v1, targetOf(), [v1]);
    expect(sum(from.proxy.take()) + sum(to.proxy.take())).toBe(3 * 2 + 6);
  });

  it('of a layer of 1 MiB asks for it by its digest on the way, which costs one request where that is refused', async () => {
    const large = contentOf(mediaTypes.ociLayer, new Uint8Array(1024 * 1024).fill(7));
    const { manifest, config } = imageOf('{"large":true}', [large.descriptor]);
    const source = await sourceOf({ contents: [large, config], root: manifest });
    const refusing = await openCounted((method, path) =>
      method === 'POST' && path.includes('mount=') ? 405 : undefined,
    );
    for (const [counted, refusals] of [
      [to, 0],
      [refusing, 1],
    ] as const) {
      from.proxy.take();
      await copy(source, v1, targetOf('production/app', counted), [v1]);
      const told = counted.proxy.take();
      // Two blobs, and the root alone.
      const { token: _, ...asked } = from.proxy.take();
      expect(asked).toEqual({ 'GET manifest': 1, 'GET blob': 2 });
      expect(told).toEqual({
        ...{ token: 1, 'HEAD manifest': 1, 'GET tags': 1, 'PUT blob': 2, 'PUT manifest': 1 },
        // What is no mount is the beginning of an upload.
        ...{ 'POST mount': 1, 'POST blob': 1 + refusals },
      });
    }
    // It is not tried again.
    await copy(source, v1, targetOf('staging/app', refusing), [v1]);
    expect(refusing.proxy.take()).not.toHaveProperty('POST mount');
    await refusing.client.close();
    await refusing.proxy.close();
    await refusing.registry.close();
  });

  it('into a repository with other tags asks for what may be there, and sends only what is not', async () => {
    const source = await sourceOf(releaseOf(3, 5, true));
    await copy(source, v1, targetOf(), [v1]);
    const next = releaseOf(3, 5, true, '');
    const other = layerOf('a new layer');
    const image = imageOf('{"next":true}', [other.descriptor, ...layersOf(next)]);
    await sourceOf({ contents: [other, image.config], root: image.manifest });
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
    await sourceOf({ contents: [other, image.config], root: image.manifest });
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
