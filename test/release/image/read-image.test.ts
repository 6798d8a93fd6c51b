import { describe, expect, it } from 'vitest';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { readImage } from '../../../release/image/read-image.ts';
import { codeOf } from '../../oci/code-of.ts';
import { type Content, contentOf, imageOf, indexOf, manifestOf, pushAll } from '../../oci/content.ts';
import { attestedImage } from '../quirks/release-quirk.ts';
import { testIndex, testSource } from '../release-world.ts';

const key = 'org.opencontainers.image.revision';
const { signal } = new AbortController();

function image(config: unknown, annotations?: Readonly<Record<string, string>>) {
  const made = imageOf(JSON.stringify(config), []);
  if (annotations === undefined) return made;
  const fields = { config: made.config.descriptor, layers: [], annotations };
  return { ...made, manifest: manifestOf(mediaTypes.ociManifest, fields) };
}

async function read(...contents: readonly Content[]) {
  const store = openMemoryStore('here');
  await pushAll(store, contents);
  const root = contents.at(-1);
  if (root === undefined) throw new Error('nothing to read');
  return await readImage(store, root.descriptor.digest, signal);
}

describe('the commit of an image', () => {
  it('is told by its label', async () => {
    const { config, manifest } = image({ config: { Labels: { [key]: 'aaaa' } } }, { [key]: 'bbbb' });
    expect(await read(config, manifest)).toMatchObject({ revision: 'aaaa', source: undefined });
  });

  it('is told by the annotation of the manifest where no label tells it', async () => {
    const { config, manifest } = image({ config: { Labels: { [key]: '' } } }, { [key]: 'bbbb' });
    expect(await read(config, manifest)).toMatchObject({ revision: 'bbbb' });
  });

  it('of an index is that of its first platform', async () => {
    const { contents } = testIndex('web', 'aaaa');
    expect(await read(...contents)).toMatchObject({ revision: 'aaaa', source: testSource });
  });

  it('of an index that has lost its first platform is that of the next one', async () => {
    const { contents } = testIndex('web', 'aaaa');
    const store = openMemoryStore('here');
    await pushAll(store, contents);
    const [first, root] = [contents[2]?.descriptor.digest, contents.at(-1)?.descriptor.digest];
    if (first === undefined || root === undefined) throw new Error('an index has platforms');
    await store.deleteManifest?.(first);
    expect(await readImage(store, root, signal)).toMatchObject({ revision: 'aaaa', source: testSource });
  });

  it('of an index is told by the annotation of the index where no platform tells it', async () => {
    const { config, manifest } = image({});
    const index = manifestOf(mediaTypes.ociIndex, { manifests: [manifest.descriptor], annotations: { [key]: 'cccc' } });
    expect(await read(config, manifest, index)).toMatchObject({ revision: 'cccc' });
  });

  it.each([{}, { config: null }, { config: { Labels: null } }, { config: { Labels: { [key]: 7 } } }, [], 'text', null])(
    'is not told by the configuration %j',
    async (config) => {
      const made = image(config);
      expect(await read(made.config, made.manifest)).toMatchObject({ revision: undefined, source: undefined });
    },
  );

  it('is not told by an artifact, whose configuration may be anything', async () => {
    const config = contentOf('application/x.config', Buffer.from([0, 1, 2, 255]));
    const artifact = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
    expect(await read(config, artifact)).toMatchObject({ revision: undefined, platforms: [] });
  });

  it('of an index without images is not told', async () => {
    expect(await read(indexOf([]))).toMatchObject({ revision: undefined, platforms: [] });
  });
});

describe('the platforms of an image', () => {
  it('are those of the index, without what describes them', async () => {
    const { contents } = attestedImage('aaaa');
    const { platforms } = await read(...contents);
    expect(platforms.map(({ platform }) => platform)).toEqual([{ os: 'linux', architecture: 'amd64' }]);
  });

  it('of one that is no index are told by its configuration', async () => {
    const { config, manifest } = image({ os: 'linux', architecture: 'arm', variant: 'v7' });
    const { platforms } = await read(config, manifest);
    const platform = { os: 'linux', architecture: 'arm', variant: 'v7' };
    expect(platforms).toEqual([{ platform, digest: manifest.descriptor.digest }]);
  });
});

it('an image whose configuration is gone is an error', async () => {
  const { manifest } = image({});
  expect(await codeOf(() => read(manifest))).toBe('BLOB_UNKNOWN');
});
