import { describe, expect, it } from 'vitest';
import { copy } from '../../../oci/copy/copy.ts';
import type { Target } from '../../../oci/copy/target.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { imageOf, layerOf, pushAll } from '../content.ts';
import { recordedTarget } from '../observed-target.ts';

const v1 = parseTag('v1');
const exact = parseTag('1.2.3');
const latest = parseTag('latest');
const layer = layerOf('a layer');
const { manifest: image, config } = imageOf('{}', [layer.descriptor]);
const { manifest: otherImage, config: otherConfig } = imageOf('{"other":true}', [layer.descriptor]);

async function sourceWithBoth(): Promise<Target> {
  const source = openMemoryStore('source');
  await pushAll(source, [layer, config, otherConfig, otherImage]);
  await source.pushTag(v1, image);
  return source;
}

describe('a copy of an image', () => {
  it('tags what it copied, in the order given, when everything else is there', async () => {
    const to = recordedTarget(openMemoryStore('target'));
    const result = await copy(await sourceWithBoth(), v1, to.target, [exact, latest]);
    expect(result).toMatchObject({ root: image.descriptor, manifestsCopied: 1, blobsCopied: 2 });
    expect(to.calls.slice(-3).map(({ method, subject }) => [method, subject])).toEqual([
      ['pushManifest', image.descriptor.digest],
      ['pushTag', '1.2.3'],
      ['pushTag', 'latest'],
    ]);
  });

  it('takes a digest as well as a tag', async () => {
    const target = openMemoryStore('target');
    await copy(await sourceWithBoth(), otherImage.descriptor.digest, target, [latest]);
    expect((await target.resolve(latest))?.digest).toBe(otherImage.descriptor.digest);
  });

  it('without tags brings the content alone', async () => {
    const target = openMemoryStore('target');
    await copy(await sourceWithBoth(), v1, target, []);
    expect(await target.resolve(image.descriptor.digest)).toEqual(image.descriptor);
    expect(await Array.fromAsync(target.listTags())).toEqual([]);
  });

  it('that is repeated asks each side one question a tag', async () => {
    const store = openMemoryStore('target');
    await copy(await sourceWithBoth(), v1, store, [latest]);
    const from = recordedTarget(await sourceWithBoth());
    const to = recordedTarget(store);
    const result = await copy(from.target, v1, to.target, [latest]);
    expect(from.calls).toEqual([{ method: 'resolve', subject: 'v1' }]);
    expect(to.calls).toEqual([{ method: 'resolve', subject: 'latest' }]);
    expect(result).toMatchObject({ manifestsPresent: 1, manifestsCopied: 0, bytesCopied: 0 });
  });

  it('whose content is there already only moves the tags that point elsewhere', async () => {
    const store = openMemoryStore('target');
    await copy(await sourceWithBoth(), v1, store, [exact]);
    await copy(await sourceWithBoth(), otherImage.descriptor.digest, store, [latest]);
    const to = recordedTarget(store);
    await copy(await sourceWithBoth(), v1, to.target, [exact, latest]);
    expect(to.calls.filter(({ method }) => method.startsWith('push'))).toEqual([
      { method: 'pushTag', subject: 'latest' },
    ]);
    expect((await store.resolve(latest))?.digest).toBe(image.descriptor.digest);
  });

  it('within one repository is a tag', async () => {
    const store = await sourceWithBoth();
    await copy(store, v1, store, [latest]);
    expect((await store.resolve(latest))?.digest).toBe(image.descriptor.digest);
  });

  it('reads the root manifest once', async () => {
    const from = recordedTarget(await sourceWithBoth());
    await copy(from.target, v1, openMemoryStore('target'), [exact, latest]);
    expect(from.calls.filter(({ method }) => method === 'fetchManifest')).toHaveLength(1);
  });

  it('looks below what is tagged already when it repairs', async () => {
    const target = openMemoryStore('target');
    await pushAll(target, [config]);
    await target.pushTag(latest, image);
    const result = await copy(await sourceWithBoth(), v1, target, [latest], { repair: true });
    expect(result).toMatchObject({ blobsCopied: 1 });
  });

  it('fails when the source has no such tag, having written nothing', async () => {
    const to = recordedTarget(openMemoryStore('target'));
    expect(await codeOf(async () => copy(await sourceWithBoth(), latest, to.target, [latest]))).toBe(
      'MANIFEST_UNKNOWN',
    );
    expect(to.calls.every(({ method }) => method === 'resolve')).toBe(true);
  });

  it('that is aborted moves no tag', async () => {
    const stop = new AbortController();
    const store = openMemoryStore('target');
    const target: Target = {
      ...store,
      async pushManifest(manifest, signal) {
        await store.pushManifest(manifest, signal);
        stop.abort(new Error('stopped on purpose'));
      },
    };
    const copying = copy(await sourceWithBoth(), v1, target, [latest], { signal: stop.signal });
    await expect(copying).rejects.toThrow('stopped on purpose');
    expect(await Array.fromAsync(store.listTags())).toEqual([]);
  });
});
