/** What a copy does at the same time: each test would wait for ever if one came after the other. */
import { describe, expect, it } from 'vitest';
import { NotFoundError } from '../../../errors/errors.ts';
import { copy } from '../../../oci/copy/copy.ts';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import type { Source, Target } from '../../../oci/copy/target.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { testTiming } from '../client/fixture.ts';
import { codeOf } from '../code-of.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../content.ts';

const v1 = parseTag('v1');
const place = { registry: 'https://registry.example', repository: parseRepositoryName('team/app') };
const layer = layerOf('a layer');
const { manifest: image, config } = imageOf('{}', [layer.descriptor]);
const index = indexOf([image.descriptor]);

/** Something that happens once, and waiting for it. */
function event() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { happened: promise, happens: () => resolve() };
}

async function sourceOf(): Promise<Target> {
  const source = openMemoryStore('source');
  await pushAll(source, [layer, config, image, index]);
  await source.pushTag(v1, index);
  return source;
}

/** A repository of a registry, which can be asked whether it is empty. */
function targetThat(isEmpty: () => Promise<boolean>, store = openMemoryStore('target')): Target {
  return { ...store, place, isEmpty };
}

/** The source, and the digests of manifests that were read from it. */
function watched(source: Source, before: (subject: string) => Promise<void> = async () => {}) {
  const read: string[] = [];
  const fetchManifest: Source['fetchManifest'] = async (tagOrDigest, signal) => {
    read.push(tagOrDigest);
    await before(tagOrDigest);
    return await source.fetchManifest(tagOrDigest, signal);
  };
  return { source: { ...source, fetchManifest }, read };
}

describe('a copy under a tag that is free', () => {
  it('asks whether the target is empty while the source is still being read', async () => {
    const asked = event();
    const { source } = watched(await sourceOf(), () => asked.happened);
    const target = targetThat(async () => {
      asked.happens();
      return true;
    });
    expect(await copy(source, v1, target, [v1])).toMatchObject({ manifestsCopied: 2, blobsCopied: 2 });
  });

  it('reads the platforms while it asks that', async () => {
    const readOne = event();
    const { source, read } = watched(await sourceOf(), async (subject) => {
      if (subject === image.descriptor.digest) readOne.happens();
    });
    const target = targetThat(async () => {
      await readOne.happened;
      return true;
    });
    await copy(source, v1, target, [v1]);
    expect(read).toEqual([v1, image.descriptor.digest]);
  });

  it('reads no platform before it knows that it must, where reading counts as a pull', async () => {
    const { source, read } = watched(await sourceOf());
    const store = openMemoryStore('target');
    await copy(await sourceOf(), v1, store, [parseTag('other')]);
    const target = targetThat(async () => false, store);
    await copy({ ...source, countsPulls: true }, v1, target, [v1]);
    expect(read).toEqual([index.descriptor.digest]);
  });

  it('does without what it read in vain, and without what could not be read', async () => {
    const store = openMemoryStore('target');
    await copy(await sourceOf(), v1, store, [parseTag('other')]);
    const { source, read } = watched(await sourceOf(), async (subject) => {
      if (subject !== v1) throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: 'gone' });
    });
    const result = await copy(
      source,
      v1,
      targetThat(async () => false, store),
      [v1],
    );
    expect(result).toMatchObject({ manifestsPresent: 1, manifestsCopied: 0 });
    expect(read).toEqual([v1, image.descriptor.digest]);
    expect((await store.resolve(v1))?.digest).toBe(index.descriptor.digest);
  });

  it('reads nothing in vain where it remembers that the target has the image', async () => {
    const memory = openCopyMemory(() => 0);
    const target = targetThat(async () => true);
    await copy(await sourceOf(), v1, target, [parseTag('other')], { memory });
    const { source, read } = watched(await sourceOf());
    await copy(source, v1, target, [v1], { memory });
    expect(read).toEqual([v1]);
  });

  it('has ended all of it when it fails', async () => {
    const release = event();
    let isAsking = true;
    const target = targetThat(async () => {
      await release.happened;
      isAsking = false;
      return true;
    });
    const copying = codeOf(async () => copy(await sourceOf(), parseTag('absent'), target, [v1]));
    setImmediate(release.happens);
    expect(await copying).toBe('MANIFEST_UNKNOWN');
    expect(isAsking).toBe(false);
  });
});

describe('a copy with referrers', () => {
  it('looks for them while blobs are on their way', async () => {
    const looked = event();
    const source = await sourceOf();
    const watching: Source = {
      ...source,
      async listReferrers() {
        looked.happens();
        return { door: 'api', referrers: [] };
      },
      async fetchBlob(blob, signal) {
        await looked.happened;
        return await source.fetchBlob(blob, signal);
      },
    };
    const result = await copy(watching, v1, openMemoryStore('target'), [v1], { referrers: { cosignTags: false } });
    expect(result.referrers?.absent).toEqual([index.descriptor.digest, image.descriptor.digest]);
  });

  it('looks for those that it waits for when the image is there', async () => {
    const source = await sourceOf();
    const store = openMemoryStore('target');
    let isPushed = false;
    const target: Target = {
      ...store,
      async pushManifest(manifest, signal) {
        await store.pushManifest(manifest, signal);
        isPushed = true;
      },
    };
    const watching: Source = {
      ...source,
      async listReferrers() {
        expect(isPushed).toBe(true);
        return { door: 'api', referrers: [] };
      },
    };
    const referrers = { cosignTags: false, waitMs: 1_000, timing: testTiming() };
    const result = await copy(watching, v1, target, [v1], { referrers });
    expect(result.referrers?.failed).toEqual([]);
  });
});

describe('a copy of a digest without a tag', () => {
  it('that is repeated asks the target for it, and the source nothing', async () => {
    const store = openMemoryStore('target');
    const asked: string[] = [];
    const target: Target = {
      ...targetThat(async () => true, store),
      resolve: (tagOrDigest, signal) => {
        asked.push(tagOrDigest);
        return store.resolve(tagOrDigest, signal);
      },
    };
    await copy(await sourceOf(), index.descriptor.digest, target, []);
    asked.length = 0;
    const { source, read } = watched(await sourceOf());
    const result = await copy(source, index.descriptor.digest, target, []);
    expect(result).toMatchObject({ root: index.descriptor, manifestsPresent: 1, manifest: undefined });
    expect({ asked, read }).toEqual({ asked: [index.descriptor.digest], read: [] });
  });
});
