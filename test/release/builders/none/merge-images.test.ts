/** Images of several machines as one index. */
import { describe, expect, it } from 'vitest';
import { copy } from '../../../../oci/copy/copy.ts';
import { proveGraph } from '../../../../oci/copy/prove-graph.ts';
import { parseManifest } from '../../../../oci/spec/manifest.ts';
import { formatPlatform } from '../../../../oci/spec/platform.ts';
import { parseReference } from '../../../../oci/spec/reference.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import { mergeImages } from '../../../../release/builders/none/merge-images.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { type Content, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../../../oci/content.ts';
import { builtImage, builtIndex } from '../image/built-index.ts';
import { sampleRequest } from '../sample-request.ts';

const { signal } = new AbortController();

/** Repositories with contents, by their names. */
type World = Readonly<Record<string, readonly Content[]>>;

async function openWorld(world: World) {
  const stores = new Map<string, ReturnType<typeof openMemoryStore>>();
  for (const [name, contents] of Object.entries(world)) {
    const store = openMemoryStore(name);
    await pushAll(store, contents);
    stores.set(name, store);
  }
  const opened: string[] = [];
  const openRepository = async (reference: string) => {
    const { registry, repository } = parseReference(reference);
    opened.push(`${registry}/${repository}`);
    const store = stores.get(`${registry}/${repository}`);
    if (store === undefined) throw new Error(`no such repository in this test: ${reference}`);
    return store;
  };
  return { openRepository, opened };
}

async function merge(
  world: World,
  references: readonly string[],
  annotations: readonly { name: string; value: string }[] = [],
) {
  const { openRepository, opened } = await openWorld(world);
  const merged = await mergeImages(references, sampleRequest({ annotations }), { openRepository, signal });
  const target = openMemoryStore('target');
  await copy(merged.source, merged.root.digest, target, [parseTag('v1')], { referrers: {} });
  expect(await proveGraph(target, merged.root)).toMatchObject({ complete: true });
  const { bytes, descriptor } = await merged.source.fetchManifest(merged.root.digest);
  const index = parseManifest(bytes, descriptor.mediaType);
  if (index.kind !== 'index') throw new Error('an index was expected');
  return { ...merged, index, opened, target };
}

const app = 'example.com/app';
const at = (name: string, content: Content) => `${name}@${content.descriptor.digest}`;
const amd64 = builtImage('linux/amd64');
const arm64 = builtImage('linux/arm64/v8');
const armv7 = builtImage('linux/arm/v7');

describe('images that are merged', () => {
  it('are one index in their order, with the platforms that their configurations say', async () => {
    const world = { [app]: [...amd64.contents, ...arm64.contents, ...armv7.contents] };
    const { index, opened } = await merge(
      world,
      [arm64, amd64, armv7].map(({ image }) => at(app, image)),
      [{ name: 'a', value: 'b' }],
    );
    expect(index.manifests.map(({ platform }) => platform && formatPlatform(platform))).toEqual([
      ...['linux/arm64/v8', 'linux/amd64', 'linux/arm/v7'],
    ]);
    expect(index.annotations).toEqual({ a: 'b' });
    expect(opened).toEqual([app]);
  });

  it('may be in several repositories', async () => {
    const other = 'other.example/app-arm';
    const world = { [app]: amd64.contents, [other]: arm64.contents };
    const { index, source } = await merge(world, [at(app, amd64.image), at(other, arm64.image)]);
    expect(index.manifests.map(({ digest }) => digest)).toEqual(
      [amd64, arm64].map(({ image }) => image.descriptor.digest),
    );
    expect(source.name).toBe(`${app}, ${other}`);
  });

  it('are taken out of indexes, and their attestations go with them, behind all images', async () => {
    const one = builtIndex(['linux/amd64'], { seed: 'one', form: 'artifact' });
    const other = builtIndex(['linux/arm64', 'linux/s390x'], { seed: 'other' });
    const nested = indexOf([other.index.descriptor]);
    const world = { [app]: [...one.contents, ...other.contents, nested] };
    const { index } = await merge(world, [at(app, one.index), at(app, nested)]);
    expect(index.manifests.map(({ digest }) => digest)).toEqual(
      [...one.images, ...other.images, ...one.attestations, ...other.attestations].map(
        ({ descriptor }) => descriptor.digest,
      ),
    );
  });

  it('leave behind what describes none of them', async () => {
    const built = builtIndex(['linux/amd64']);
    const lost = builtIndex(['linux/arm64'], { seed: 'lost' });
    const [attestation] = parseIndex(lost.index).filter(({ annotations }) => annotations !== undefined);
    if (attestation === undefined) throw new Error('an attestation was expected');
    const image = built.images[0]?.descriptor;
    const mixed = indexOf(
      image === undefined ? [] : [{ ...image, platform: { os: 'linux', architecture: 'amd64' } }, attestation],
    );
    const { index } = await merge({ [app]: [...built.contents, ...lost.contents, mixed] }, [at(app, mixed)]);
    expect(index.manifests.map(({ digest }) => digest)).toEqual([image?.digest]);
  });

  it('are listed once when they are named twice, by themselves and in an index', async () => {
    const built = builtIndex(['linux/amd64', 'linux/arm64']);
    const [image] = built.images;
    if (image === undefined) throw new Error('an image was expected');
    const { index } = await merge({ [app]: built.contents }, [at(app, image), at(app, built.index), at(app, image)]);
    expect(index.manifests.map(({ digest }) => digest)).toEqual(
      [...built.images, ...built.attestations].map(({ descriptor }) => descriptor.digest),
    );
  });

  it('take along what points at them in their own repository', async () => {
    const other = 'other.example/app';
    const note = layerOf('a signature');
    const referrer = manifestOf('application/vnd.oci.image.manifest.v1+json', {
      artifactType: 'application/vnd.example',
      config: imageOf('{}', []).config.descriptor,
      layers: [note.descriptor],
      subject: arm64.image.descriptor,
    });
    const world = { [app]: amd64.contents, [other]: [...arm64.contents, note, imageOf('{}', []).config, referrer] };
    const { target } = await merge(world, [at(app, amd64.image), at(other, arm64.image)]);
    const listing = await target.listReferrers?.(arm64.image.descriptor.digest);
    expect(listing?.referrers.map(({ digest }) => digest)).toEqual([referrer.descriptor.digest]);
  });
});

describe('a merge is refused', () => {
  const again = builtImage('linux/arm64', 'other');
  const chart = imageOf('{"name":"chart"}', []);
  const world = {
    [app]: [...amd64.contents, ...arm64.contents, ...again.contents, chart.config, chart.manifest],
  };

  it.each<[string, readonly string[], string]>([
    [
      'of two images for one platform, however it is written',
      [at(app, arm64.image), at(app, again.image)],
      'BUILD_INPUT_INVALID',
    ],
    ['of something without a platform', [at(app, chart.manifest)], 'BUILD_INPUT_INVALID'],
    ['of a reference without a digest', [`${app}:latest`], 'BUILD_INPUT_INVALID'],
    ['of nothing', [], 'BUILD_INPUT_INVALID'],
    ['of what is not there', [at(app, armv7.image)], 'MANIFEST_UNKNOWN'],
    ['of what is no reference', ['app'], 'REFERENCE_INVALID'],
  ])('%s', async (_, references, code) => {
    expect(await codeOf(() => merge(world, references))).toBe(code);
  });
});

function parseIndex({ bytes }: Content) {
  const manifest = parseManifest(bytes);
  return manifest.kind === 'index' ? manifest.manifests : [];
}
