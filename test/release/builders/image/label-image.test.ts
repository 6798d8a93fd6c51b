/** Labels that are written into an image's configuration. */
import { describe, expect, it } from 'vitest';
import { copy } from '../../../../oci/copy/copy.ts';
import { proveGraph } from '../../../../oci/copy/prove-graph.ts';
import { parseManifest } from '../../../../oci/spec/manifest.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import { labelImage } from '../../../../release/builders/image/label-image.ts';
import { imageOf, indexOf, layerOf, pushAll, readAll } from '../../../oci/content.ts';

const { signal } = new AbortController();
const layer = layerOf('layer');
const labels = [
  { name: 'a', value: 'new' },
  { name: 'quoted', value: 'two\nlines of $HOME, "said" \\' },
];

/** The configuration, as the image is copied elsewhere with it. */
async function labelledConfig(configuration: object) {
  const source = openMemoryStore('source');
  const { manifest, config } = imageOf(JSON.stringify(configuration), [layer.descriptor]);
  await pushAll(source, [layer, config, manifest]);
  const image = await labelImage({ source, root: manifest.descriptor }, labels, signal);
  if (image === undefined) throw new Error('it is not labelled');
  const target = openMemoryStore('target');
  await copy(image.source, image.root.digest, target, []);
  expect(await proveGraph(target, image.root)).toMatchObject({ complete: true });
  const { bytes, descriptor } = await target.fetchManifest(image.root.digest);
  const found = parseManifest(bytes, descriptor.mediaType);
  if (found.kind !== 'image') throw new Error('an image was expected');
  expect(found.layers).toEqual([layer.descriptor]);
  return JSON.parse(Buffer.from(await readAll(await target.fetchBlob(found.config))).toString('utf8'));
}

const written = { a: 'new', quoted: 'two\nlines of $HOME, "said" \\' };

describe('an image with labels', () => {
  it('has them beside those of its own, of which one of the same name is replaced, and all else as it was', async () => {
    const config = { Cmd: ['run'], Labels: { a: 'old', own: 'kept' } };
    const rest = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } };
    expect(await labelledConfig({ ...rest, config })).toEqual({
      ...rest,
      config: { Cmd: ['run'], Labels: { ...written, own: 'kept' } },
    });
  });

  it.each([[{}], [{ config: null }], [{ config: { Labels: null } }]])(
    'may have had none: %j',
    async (configuration) => {
      expect(await labelledConfig(configuration)).toEqual({ config: { Labels: written } });
    },
  );

  it('is not made of an index', async () => {
    const source = openMemoryStore('source');
    const { manifest, config } = imageOf('{}', [layer.descriptor]);
    const index = indexOf([manifest.descriptor]);
    await pushAll(source, [layer, config, manifest, index]);
    expect(await labelImage({ source, root: index.descriptor }, labels, signal)).toBeUndefined();
  });
});
