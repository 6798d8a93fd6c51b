/** What docker is asked for, and what becomes of the image that it gives out. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseManifest } from '../../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import type { BuildRequest } from '../../../../release/builders/builder.ts';
import { dockerBuilder } from '../../../../release/builders/docker/build-with-docker.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { contentOf, imageOf, indexOf, readAll } from '../../../oci/content.ts';
import { configOf, hexOf, layerTarOf, savedByOldDocker, tarOf } from '../archive/packed.ts';
import { openFakeTools } from '../fake-tools.ts';
import { sampleParts, sampleRequest } from '../sample-request.ts';
import { openTestDirectory, type TestDirectory } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory({ Dockerfile: 'FROM scratch\n' });
});
afterEach(() => directory.close());

const layer = await layerTarOf('file', 'text');
const labels = [{ name: 'l', value: '1' }];

/** Builds with a docker that saves this archive, or fails to; with the words that it was called with, one a line. */
async function buildFrom(archive: Uint8Array | undefined, given: Partial<BuildRequest>) {
  const path = join(directory.path, 'saved.tar');
  if (archive !== undefined) await writeFile(path, archive);
  const docker = `case "$words" in 'image save'*) cat '${path}' > "$4";; esac`;
  const tools = await openFakeTools(directory.path, { docker });
  const parts = sampleParts(directory.path, { env: { PATH: tools.path } });
  const code = await codeOf(async () => {
    image = await dockerBuilder.build(sampleRequest(given), parts);
  });
  return { image, code, called: await tools.calledWith() };
}
let image: Awaited<ReturnType<typeof dockerBuilder.build>> | undefined;
beforeEach(() => {
  image = undefined;
});

async function labelsOf({ source, root }: NonNullable<typeof image>): Promise<unknown> {
  const { bytes } = await source.fetchManifest(root.digest);
  const manifest = parseManifest(bytes, root.mediaType);
  if (manifest.kind !== 'image') throw new Error('an image was expected');
  const config = Buffer.from(await readAll(await source.fetchBlob(manifest.config))).toString('utf8');
  return JSON.parse(config).config?.Labels;
}

/** How often docker was called so. */
const times = (called: string, words: string) => `\n${called}`.split(`\ndocker\n${words}\n`).length - 1;

describe('an image that docker builds', () => {
  it('is labelled when it is out of the storage, and not by steps of the build', async () => {
    const { called } = await buildFrom(await savedByOldDocker([layer]), { labels });
    expect(called).not.toContain('--label');
    if (image === undefined) throw new Error('there is no image');
    expect(await labelsOf(image)).toEqual({ l: '1' });
  });

  it('is labelled by docker when it is to be loaded, and stays in its storage', async () => {
    const { called } = await buildFrom(await savedByOldDocker([layer]), { labels, loadAs: 'app:1' });
    expect(called).toContain('--label\nl=1\n');
    expect(times(called, 'image\nrm')).toBe(0);
  });

  it('is built once more with labels when the storage gives out an index', async () => {
    const stored = contentOf(mediaTypes.ociLayer, layer);
    const { manifest, config } = imageOf(configOf([layer]), [
      { ...stored.descriptor, mediaType: mediaTypes.ociLayerGzip },
    ]);
    const index = indexOf([manifest.descriptor]);
    const blobs = [stored, manifest, config, index].map(
      ({ bytes }) => [`blobs/sha256/${hexOf(bytes)}`, bytes] as const,
    );
    const saved = [{ Config: 'c', RepoTags: null, Layers: [] }];
    const archive = await tarOf([
      ...blobs,
      ['index.json', indexOf([index.descriptor]).bytes],
      ['manifest.json', JSON.stringify(saved)],
      ['oci-layout', '{"imageLayoutVersion":"1.0.0"}'],
    ]);
    const { called } = await buildFrom(archive, { labels });
    expect(image?.root).toEqual(index.descriptor);
    expect(times(called, 'build')).toBe(2);
    expect(times(called, 'image\nrm')).toBe(2);
    expect(called.split('--label')).toHaveLength(2);
  });

  it('leaves no name behind, whatever becomes of it', async () => {
    const { called, code } = await buildFrom(undefined, { labels });
    expect(code).toBe('BUILD_FAILED');
    expect(times(called, 'image\nrm')).toBe(1);
  });
});
