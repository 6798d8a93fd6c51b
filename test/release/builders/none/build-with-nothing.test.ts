/** The builder that builds nothing, for every kind of image that may be there already. */
import { chmod, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copy } from '../../../../oci/copy/copy.ts';
import { isIndexType } from '../../../../oci/spec/media-type.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { openLayout } from '../../../../oci/store/layout.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import type { BuildParts, BuildRequest, ReadyImage } from '../../../../release/builders/builder.ts';
import { nothingBuilder } from '../../../../release/builders/none/build-with-nothing.ts';
import { codeOf } from '../../../oci/code-of.ts';
import { type Content, pushAll } from '../../../oci/content.ts';
import { layerTarOf, savedByOldDocker } from '../archive/packed.ts';
import { builtImage, builtIndex } from '../image/built-index.ts';
import { sampleParts, sampleRequest, sampleRun } from '../sample-request.ts';
import { openTestDirectory, type TestDirectory, writeFiles } from '../test-directory.ts';

let directory: TestDirectory;
beforeEach(async () => {
  directory = await openTestDirectory();
});
afterEach(() => directory.close());

function build(ready: ReadyImage | undefined, given: Partial<BuildRequest> = {}, parts: Partial<BuildParts> = {}) {
  return nothingBuilder.build(sampleRequest({ ready, ...given }), sampleParts(directory.path, parts));
}

const built = builtIndex(['linux/amd64', 'linux/arm64']);
const single = builtImage('linux/s390x', 'single');
const layout = (tagOrDigest?: string) => ({ kind: 'layout', directory: 'layout', tagOrDigest }) as const;

/** A layout with the index as v1 and, when there are more, these under tags as well. */
async function writeLayout(more: Readonly<Record<string, Content>> = {}): Promise<void> {
  const target = await openLayout(join(directory.path, 'layout'));
  await pushAll(target, [...built.contents, ...single.contents]);
  await target.pushTag(parseTag('v1'), built.index);
  for (const [tag, content] of Object.entries(more)) await target.pushTag(parseTag(tag), content);
}

describe('an image layout', () => {
  it('gives the only image that it names, with its own digest', async () => {
    await writeLayout();
    const { root, source, builder } = await build(layout());
    expect(builder).toBe('none');
    expect(root).toEqual(built.index.descriptor);
    const target = openMemoryStore('target');
    expect((await copy(source, root.digest, target, [])).root.digest).toBe(root.digest);
  });

  it('gives the image of a tag or digest, and refuses to guess among several', async () => {
    await writeLayout({ other: single.image });
    expect((await build(layout('other'))).root).toEqual(single.image.descriptor);
    expect((await build(layout(built.index.descriptor.digest))).root).toEqual(built.index.descriptor);
    expect(await codeOf(() => build(layout()))).toBe('BUILD_INPUT_INVALID');
    expect(await codeOf(() => build(layout('absent')))).toBe('MANIFEST_UNKNOWN');
  });

  it('is not changed, and may be one that nobody may write to', async () => {
    await writeLayout();
    const path = join(directory.path, 'layout');
    await rm(join(path, 'ingest'), { recursive: true });
    await rm(join(path, 'blobs', 'sha512'), { recursive: true });
    const before = await readdir(path, { recursive: true });
    await chmod(path, 0o555);
    await build(layout(), { attestations: { provenance: undefined, sbom: undefined, placement: 'referrers' } });
    await chmod(path, 0o755);
    expect(await readdir(path, { recursive: true })).toEqual(before);
  });

  it('loses its attestations when they are to go nowhere', async () => {
    await writeLayout();
    const { root } = await build(layout(), {
      attestations: { provenance: undefined, sbom: undefined, placement: 'none' },
    });
    expect(root.digest).not.toBe(built.index.descriptor.digest);
    expect(isIndexType(root.mediaType)).toBe(true);
  });

  it('that is none is refused', async () => {
    expect(await codeOf(() => build(layout()))).toBe('LAYOUT_INVALID');
    await writeFile(join(directory.path, 'layout'), 'text');
    expect(await codeOf(() => build(layout()))).toBe('ARCHIVE_INVALID');
  });
});

describe('an archive of docker', () => {
  const archive = { kind: 'docker-archive', path: 'app.tar', tag: undefined } as const;

  it('becomes an image, which gets annotations', async () => {
    await writeFile(join(directory.path, 'app.tar'), await savedByOldDocker([await layerTarOf('a', 'b')]));
    const plain = await build(archive);
    await rm(join(directory.path, 'scratch', 'image'), { recursive: true });
    const { root, source } = await build(archive, {
      annotations: [
        { name: 'a', value: 'b' },
        { name: 'index:c', value: 'd' },
      ],
    });
    expect(root.digest).not.toBe(plain.root.digest);
    const { bytes } = await source.fetchManifest(root.digest);
    expect(JSON.parse(Buffer.from(bytes).toString('utf8')).annotations).toEqual({ a: 'b' });
    const target = openMemoryStore('target');
    await copy(source, root.digest, target, [parseTag('v1')]);
    expect((await target.resolve(parseTag('v1')))?.digest).toBe(root.digest);
  });
});

describe('an image in a registry', () => {
  const name = 'example.com/app';
  async function openRepository() {
    const store = openMemoryStore(name);
    await pushAll(store, [...built.contents, ...single.contents]);
    return store;
  }

  it('is the one that its digest names, whatever is asked of attestations', async () => {
    const ready = { kind: 'digest', reference: `${name}:v1@${built.index.descriptor.digest}` } as const;
    const attestations = { provenance: undefined, sbom: undefined, placement: 'none' } as const;
    expect((await build(ready, { attestations }, { openRepository })).root).toEqual(built.index.descriptor);
  });

  it('must be there, and named by its digest', async () => {
    const absent = { kind: 'digest', reference: `${name}@sha256:${'0'.repeat(64)}` } as const;
    expect(await codeOf(() => build(absent, {}, { openRepository }))).toBe('MANIFEST_UNKNOWN');
    const tagged = { kind: 'digest', reference: `${name}:v1` } as const;
    expect(await codeOf(() => build(tagged, {}, { openRepository }))).toBe('BUILD_INPUT_INVALID');
  });

  it('is merged with others, without its attestations when they are to go nowhere', async () => {
    const references = [built.index, single.image].map(({ descriptor }) => `${name}@${descriptor.digest}`);
    const count = async (placement: 'index' | 'none') => {
      const attestations = { provenance: undefined, sbom: undefined, placement };
      const { source, root } = await build({ kind: 'merge', references }, { attestations }, { openRepository });
      const { bytes } = await source.fetchManifest(root.digest);
      return JSON.parse(Buffer.from(bytes).toString('utf8')).manifests.length;
    };
    expect([await count('index'), await count('none')]).toEqual([5, 3]);
  });
});

describe('the builder none', () => {
  it('makes an image of plain files', async () => {
    await writeFiles(directory.path, { 'files/app.txt': 'text' });
    const { root, source } = await build({ kind: 'directory', directory: 'files', run: sampleRun() });
    expect((await copy(source, root.digest, openMemoryStore('target'), [])).root).toEqual(root);
  });

  it('has nothing to do without an image', async () => {
    expect(await codeOf(() => build(undefined))).toBe('BUILD_INPUT_INVALID');
  });

  it('begins nothing when the release was cancelled before', async () => {
    const signal = AbortSignal.abort(new Error('cancelled'));
    expect(await codeOf(() => build(layout(), {}, { signal }))).toBe('Error: cancelled');
  });
});
