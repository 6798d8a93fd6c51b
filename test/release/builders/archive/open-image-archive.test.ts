/** Archives of images in every form that tools write: what image comes out, and what is refused. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copy } from '../../../../oci/copy/copy.ts';
import { proveGraph } from '../../../../oci/copy/prove-graph.ts';
import { digestOf } from '../../../../oci/hash.ts';
import { parseManifest } from '../../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import { type ArchivedImage, openImageArchive } from '../../../../release/builders/archive/open-image-archive.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { contentOf, imageOf, indexOf, readAll } from '../../../oci/content.ts';
import { openTestDirectory, type TestDirectory } from '../test-directory.ts';
import { configOf, hexOf, layerTarOf, savedByOldDocker, tarOf } from './packed.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory();
});
afterEach(() => directory.close());

async function open(bytes: Uint8Array, tag?: string): Promise<ArchivedImage> {
  const path = join(directory.path, 'archive.tar');
  await writeFile(path, bytes);
  const { signal } = new AbortController();
  return await openImageArchive(path, { tag, directory: join(directory.path, 'scratch', 'image'), signal });
}

/** The manifest, the configuration as text, and the layers without compression; all of it is proved to be there. */
async function read({ source, root }: ArchivedImage) {
  const target = openMemoryStore('target');
  await copy(source, root.digest, target, []);
  expect(await proveGraph(target, root)).toMatchObject({ complete: true });
  const { bytes, descriptor } = await target.fetchManifest(root.digest);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind !== 'image') throw new Error('an image was expected');
  const config = Buffer.from(await readAll(await target.fetchBlob(manifest.config))).toString('utf8');
  const layers = await Promise.all(manifest.layers.map(async (layer) => await readAll(await target.fetchBlob(layer))));
  return { manifest, config, layers };
}

const one = await layerTarOf('one', 'first layer');
const two = await layerTarOf('two', 'x'.repeat(100_000));

/** An image as an archive has it whose blobs are in a layout, with a list as docker writes it beside. */
async function savedByNewDocker({ isCompressed }: { isCompressed: boolean }): Promise<Buffer> {
  const stored = [one, two].map((layer) => (isCompressed ? gzipSync(layer) : layer));
  const type = isCompressed ? mediaTypes.ociLayerGzip : mediaTypes.ociLayer;
  const config = configOf([one, two]);
  const { manifest } = imageOf(
    config,
    stored.map((bytes) => contentOf(type, bytes).descriptor),
  );
  const blobs = [...stored, Buffer.from(config), manifest.bytes];
  const name = (bytes: Uint8Array) => `blobs/sha256/${hexOf(bytes)}`;
  const list = [{ Config: name(Buffer.from(config)), RepoTags: ['app:1'], Layers: stored.map(name) }];
  const listed = { ...manifest.descriptor, annotations: { 'io.containerd.image.name': 'docker.io/library/app:1' } };
  return await tarOf([
    ...blobs.map((bytes) => [name(bytes), bytes] as const),
    ['index.json', Buffer.from(indexOf([listed]).bytes)],
    ['manifest.json', JSON.stringify(list)],
    ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
  ]);
}

describe('an archive of docker', () => {
  it('becomes an image whose layers are compressed, under the configuration it has', async () => {
    const archived = await open(await savedByOldDocker([one, two]));
    const { manifest, config, layers } = await read(archived);
    expect(archived.isMade).toBe(true);
    expect(manifest.mediaType).toBe(mediaTypes.ociManifest);
    expect(manifest.config.mediaType).toBe(mediaTypes.ociConfig);
    expect(config).toBe(configOf([one, two]));
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.ociLayerGzip,
      mediaTypes.ociLayerGzip,
    ]);
    expect(layers.map((layer) => digestOf(gunzipSync(layer)))).toEqual([one, two].map((layer) => digestOf(layer)));
    expect(layers[1]?.length).toBeLessThan(two.length / 10);
  });

  it('gives the same digest each time', async () => {
    const archive = await savedByOldDocker([one, two]);
    const first = await open(archive);
    await directory.close();
    directory = await openTestDirectory();
    expect((await open(archive)).root).toEqual(first.root);
  });

  it('may have one layer twice, as a link', async () => {
    const { layers } = await read(await open(await savedByOldDocker([one, two, one])));
    expect(layers.map((layer) => digestOf(gunzipSync(layer)))).toEqual([one, two, one].map((layer) => digestOf(layer)));
  });

  it('may have no layer at all', async () => {
    expect((await read(await open(await savedByOldDocker([])))).layers).toEqual([]);
  });

  it.each([
    ['gzip', gzipSync, mediaTypes.ociLayerGzip],
    ['zstd', zstdCompressSync, mediaTypes.ociLayerZstd],
  ] as const)('may have layers that are compressed by %s, which stay as they are', async (_, compress, type) => {
    const stored = compress(one);
    const { manifest, layers } = await read(await open(await savedByOldDocker([stored], { config: configOf([one]) })));
    expect(manifest.layers[0]?.mediaType).toBe(type);
    expect(digestOf(layers[0] ?? new Uint8Array())).toBe(digestOf(stored));
  });

  it.each([
    ['gzip', gzipSync],
    ['zstd', zstdCompressSync],
  ] as const)('may be compressed as a whole by %s', async (_, compress) => {
    expect((await read(await open(compress(await savedByOldDocker([one]))))).layers).toHaveLength(1);
  });

  it('has the image that is named, by its tag or whole', async () => {
    const config = { a: configOf([one], { name: 'a' }), b: configOf([one], { name: 'b' }) };
    const list = [
      { Config: 'a.json', RepoTags: ['example.com/app:a'], Layers: ['layer.tar'] },
      { Config: 'b.json', RepoTags: ['example.com/app:b', 'other:b'], Layers: ['layer.tar'] },
    ];
    const entries = [
      ['layer.tar', one],
      ['a.json', config.a],
      ['b.json', config.b],
    ] as const;
    const archive = await tarOf([...entries, ['manifest.json', JSON.stringify(list)]]);
    expect(await codeOf(() => open(archive))).toBe('BUILD_INPUT_INVALID');
    expect(await codeOf(() => open(archive, 'c'))).toBe('MANIFEST_UNKNOWN');
    expect((await read(await open(archive, 'b'))).config).toBe(config.b);
    await directory.close();
    directory = await openTestDirectory();
    expect((await read(await open(archive, 'example.com/app:a'))).config).toBe(config.a);
  });
});

describe('an archive of docker that is an image layout as well', () => {
  it('keeps the digest of its image when the layers are compressed', async () => {
    const archived = await open(await savedByNewDocker({ isCompressed: true }));
    expect(archived.isMade).toBe(false);
    const expected = imageOf(
      configOf([one, two]),
      [one, two].map((layer) => contentOf(mediaTypes.ociLayerGzip, gzipSync(layer)).descriptor),
    );
    expect(archived.root.digest).toBe(expected.manifest.descriptor.digest);
    expect((await read(archived)).layers).toHaveLength(2);
  });

  it('gets its layers compressed when they are not', async () => {
    const archived = await open(await savedByNewDocker({ isCompressed: false }));
    expect(archived.isMade).toBe(true);
    const { manifest } = await read(archived);
    expect(manifest.layers.map(({ mediaType }) => mediaType)).toEqual([
      mediaTypes.ociLayerGzip,
      mediaTypes.ociLayerGzip,
    ]);
  });
});

describe('a packed image layout', () => {
  it('keeps its digests, also those of layers without compression', async () => {
    const layer = contentOf(mediaTypes.ociLayer, one);
    const { manifest, config } = imageOf(configOf([one]), [layer.descriptor]);
    const blobs = [layer, manifest, config].map(({ bytes }) => [`blobs/sha256/${hexOf(bytes)}`, bytes] as const);
    const listed = { ...manifest.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
    const archive = await tarOf([
      ...blobs,
      ['index.json', indexOf([listed]).bytes],
      ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
    ]);
    const archived = await open(archive);
    expect(archived).toMatchObject({ isMade: false, root: manifest.descriptor });
    expect((await read(archived)).layers).toHaveLength(1);
    expect((await open(archive, 'v1')).root).toEqual(manifest.descriptor);
    expect((await open(archive, manifest.descriptor.digest)).root).toEqual(manifest.descriptor);
    expect(await codeOf(() => open(archive, 'v2'))).toBe('MANIFEST_UNKNOWN');
  });
});

describe('an archive is refused', () => {
  const list = (fields: Readonly<Record<string, unknown>>) =>
    JSON.stringify([{ Config: 'c.json', Layers: ['l'], ...fields }]);

  it('when a layer is not what its configuration says, compressed or not', async () => {
    const config = configOf([two]);
    expect(await codeOf(() => open(gzipSync(Buffer.alloc(0))))).toBe('ARCHIVE_INVALID');
    for (const layer of [one, gzipSync(one)]) {
      await directory.close();
      directory = await openTestDirectory();
      const archive = await savedByOldDocker([layer], { config });
      expect(await codeOf(() => open(archive))).toBe('DIGEST_MISMATCH');
    }
  });

  it.each<[string, [string, string | Uint8Array][]]>([
    ['that is of something else', [['readme', 'text']]],
    ['whose list is no list', [['manifest.json', '{}']]],
    ['whose list is no JSON', [['manifest.json', 'x']]],
    ['whose list names no image', [['manifest.json', '[1]']]],
    ['whose configuration is missing', [['manifest.json', list({})]]],
    [
      'whose configuration is none',
      [
        ['manifest.json', list({})],
        ['c.json', '{}'],
      ],
    ],
    [
      'whose layer is missing',
      [
        ['manifest.json', list({})],
        ['c.json', configOf([one])],
      ],
    ],
    [
      'with more layers than its configuration has',
      [
        ['manifest.json', list({})],
        ['c.json', configOf([])],
        ['l', one],
      ],
    ],
  ])('%s', async (_, entries) => {
    const archive = await tarOf(entries);
    expect(await codeOf(() => open(archive))).toBe('ARCHIVE_INVALID');
  });

  it('that is not there', async () => {
    const { signal } = new AbortController();
    const options = { tag: undefined, directory: join(directory.path, 'image'), signal };
    expect(await codeOf(() => openImageArchive(join(directory.path, 'nowhere'), options))).toBe('ARCHIVE_INVALID');
  });
});
