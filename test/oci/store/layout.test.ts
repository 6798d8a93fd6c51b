import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Digest, digestAlgorithm, digestHex } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openLayout } from '../../../oci/store/layout.ts';
import { codeOf } from '../code-of.ts';
import { imageOf, indexOf, layerOf, manifestOf, pushAll } from '../content.ts';
import { targetConformance } from '../target-conformance.ts';

const blobPath = (directory: string, digest: Digest) =>
  join(directory, 'blobs', digestAlgorithm(digest), digestHex(digest));

targetConformance('an image layout', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'layout-'));
  return {
    target: await openLayout(directory),
    powers: ['deleteManifest', 'deleteTag', 'listReferrers'],
    corruptBlob: async (digest) => {
      const path = blobPath(directory, digest);
      const bytes = await readFile(path);
      await writeFile(path, bytes.fill(0, 0, 1));
    },
    close: () => rm(directory, { recursive: true }),
  };
});

describe('an image layout', () => {
  const v1 = parseTag('v1');
  const layer = layerOf('a layer');
  const { manifest, config } = imageOf('{}', [layer.descriptor]);
  let parent: string;
  let directory: string;

  beforeEach(async () => {
    parent = await mkdtemp(join(tmpdir(), 'layout-'));
    directory = join(parent, 'new', 'layout');
  });
  afterEach(() => rm(parent, { recursive: true }));

  const readIndex = async () => JSON.parse(await readFile(join(directory, 'index.json'), 'utf8'));
  const writeIndex = (document: unknown) => writeFile(join(directory, 'index.json'), JSON.stringify(document));

  it('is written as other tools read it', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [layer, config]);
    await layout.pushTag(v1, manifest);
    expect(JSON.parse(await readFile(join(directory, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(await readIndex()).toEqual({
      schemaVersion: 2,
      mediaType: mediaTypes.ociIndex,
      manifests: [{ ...manifest.descriptor, annotations: { 'org.opencontainers.image.ref.name': 'v1' } }],
    });
    expect(await readFile(blobPath(directory, layer.descriptor.digest), 'utf8')).toBe('a layer');
  });

  it('is read again when it is opened again', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [layer, config]);
    await layout.pushTag(v1, manifest);
    expect(await (await openLayout(directory)).resolve(v1)).toEqual(manifest.descriptor);
  });

  it('leaves no file behind that was being written when a push failed', async () => {
    const layout = await openLayout(directory);
    await codeOf(() => layout.pushBlob(layer.descriptor, () => Promise.reject(new Error('gone'))));
    await codeOf(() => layout.pushBlob(layer.descriptor, async () => (async function* () {})()));
    expect(await readdir(join(directory, 'ingest'))).toEqual([]);
    expect(await readdir(join(directory, 'blobs', 'sha256'))).toEqual([]);
  });

  it('keeps what other tools wrote into its index', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [layer, config, manifest]);
    const foreign = {
      ...manifest.descriptor,
      annotations: { 'org.opencontainers.image.ref.name': 'docker.io/a/b:1' },
      x: 1,
    };
    await writeIndex({ schemaVersion: 2, annotations: { made: 'elsewhere' }, manifests: [foreign] });
    await layout.pushTag(v1, manifest);
    const { annotations, manifests } = await readIndex();
    expect(annotations).toEqual({ made: 'elsewhere' });
    expect(manifests[0]).toEqual(foreign);
    expect(await Array.fromAsync(layout.listTags())).toEqual(['v1']);
  });

  it('refuses a tag that names two manifests, until the tag is pushed', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [layer, config, manifest]);
    const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
    const other = { ...layer.descriptor, mediaType: mediaTypes.ociManifest };
    await writeIndex({ schemaVersion: 2, manifests: [manifest.descriptor, other].map((d) => ({ ...d, annotations })) });
    expect(await codeOf(() => layout.resolve(v1))).toBe('MANIFEST_INVALID');
    await layout.pushTag(v1, manifest);
    expect(await layout.resolve(v1)).toEqual(manifest.descriptor);
  });

  it('lists the referrers that other tools wrote into its index, or under a fallback tag', async () => {
    const layout = await openLayout(directory);
    const [inIndex, inTag] = ['in the index', 'in a tag'].map((mark) =>
      manifestOf(mediaTypes.ociIndex, { manifests: [], subject: manifest.descriptor, annotations: { mark } }),
    );
    const list = indexOf(inTag === undefined ? [] : [inTag.descriptor]);
    for (const { descriptor, bytes } of [inIndex, inTag, list].filter((content) => content !== undefined)) {
      await writeFile(blobPath(directory, descriptor.digest), bytes);
    }
    const fallbackName = { 'org.opencontainers.image.ref.name': manifest.descriptor.digest.replace(':', '-') };
    const entries = [inIndex?.descriptor, { ...list.descriptor, annotations: fallbackName }];
    await writeIndex({ schemaVersion: 2, manifests: entries });
    const listing = await layout.listReferrers?.(manifest.descriptor.digest);
    expect(listing?.referrers.map(({ digest }) => digest).sort()).toEqual(
      [inIndex?.descriptor.digest, inTag?.descriptor.digest].sort(),
    );
  });

  it('lists a referrer that was tagged by another tool also when the tag is gone', async () => {
    const layout = await openLayout(directory);
    const referrer = manifestOf(mediaTypes.ociIndex, { manifests: [], subject: manifest.descriptor });
    const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
    await writeIndex({ schemaVersion: 2, manifests: [{ ...referrer.descriptor, annotations }] });
    await pushAll(layout, [referrer]);
    await layout.deleteTag?.(v1);
    expect((await layout.listReferrers?.(manifest.descriptor.digest))?.referrers).toEqual([referrer.descriptor]);
  });

  it('does not take a blob for a manifest', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [config]);
    expect(await layout.resolve(config.descriptor.digest)).toBeUndefined();
    expect(await codeOf(() => layout.fetchManifest(config.descriptor.digest))).toBe('MANIFEST_UNKNOWN');
  });

  it('takes a file that was cut off for an absent blob', async () => {
    const layout = await openLayout(directory);
    await pushAll(layout, [layer]);
    await writeFile(blobPath(directory, layer.descriptor.digest), 'a la');
    expect(await layout.hasBlob(layer.descriptor)).toBe(false);
  });

  it('is not made of a directory that holds something else, which stays as it is', async () => {
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'thesis.tex'), '');
    expect(await codeOf(() => openLayout(directory))).toBe('LAYOUT_INVALID');
    expect(await readdir(directory)).toEqual(['thesis.tex']);
  });

  it('of another version is refused', async () => {
    await mkdir(directory, { recursive: true });
    for (const text of ['{"imageLayoutVersion":"2.0.0"}', 'not JSON', 'null']) {
      await writeFile(join(directory, 'oci-layout'), text);
      expect(await codeOf(() => openLayout(directory))).toBe('LAYOUT_INVALID');
    }
  });

  it('whose creation was interrupted is completed', async () => {
    await mkdir(join(directory, 'blobs'), { recursive: true });
    await mkdir(join(directory, 'ingest'));
    const layout = await openLayout(directory);
    expect(await Array.fromAsync(layout.listTags())).toEqual([]);
  });
});
