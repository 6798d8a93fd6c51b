import { describe, expect, it } from 'vitest';
import { RegistryError, TransportError } from '../../../errors/errors.ts';
import { copy } from '../../../oci/copy/copy.ts';
import type { Source, Target } from '../../../oci/copy/target.ts';
import { parseTag, type Tag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { imageOf, layerOf, pushAll } from '../content.ts';
import { countCalls, recordedTarget } from '../observed-target.ts';

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
    expect(countCalls(to.calls, 'pushManifest')).toBe(0);
    expect(to.calls.slice(-2).map(({ method, subject }) => [method, subject])).toEqual([
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
    expect(from.calls).toEqual([{ method: 'fetchManifest', subject: 'v1' }]);
    expect(to.calls).toEqual([{ method: 'resolve', subject: 'latest' }]);
    expect(result).toMatchObject({ manifestsPresent: 1, manifestsCopied: 0, bytesCopied: 0 });
  });

  it('that is repeated asks a source that counts pulls what the tag names, not for the manifest', async () => {
    const store = openMemoryStore('target');
    const from = recordedTarget(await sourceWithBoth());
    const source: Source = { ...from.target, countsPulls: true };
    await copy(source, v1, store, [latest]);
    expect(from.calls.splice(0).slice(0, 2)).toEqual([
      { method: 'resolve', subject: 'v1' },
      { method: 'fetchManifest', subject: image.descriptor.digest },
    ]);
    await copy(source, v1, store, [latest]);
    expect(from.calls).toEqual([{ method: 'resolve', subject: 'v1' }]);
  });

  it('of a digest that is repeated asks the source nothing', async () => {
    const store = openMemoryStore('target');
    await copy(await sourceWithBoth(), image.descriptor.digest, store, [exact, latest]);
    const from = recordedTarget(await sourceWithBoth());
    const result = await copy(from.target, image.descriptor.digest, store, [exact, latest]);
    expect(from.calls).toEqual([]);
    expect(result.root).toEqual(image.descriptor);
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

  it('looks at a tag whose answer was lost, and takes it as moved when it did', async () => {
    const store = openMemoryStore('target');
    const target: Target = {
      ...store,
      async pushTag(tag, manifest, options) {
        await store.pushTag(tag, manifest, options);
        throw lostAnswer();
      },
    };
    await copy(await sourceWithBoth(), v1, target, [latest]);
    expect((await store.resolve(latest))?.digest).toBe(image.descriptor.digest);
  });

  it('writes a tag again whose first write never arrived', async () => {
    const store = openMemoryStore('target');
    let writes = 0;
    const target: Target = {
      ...store,
      async pushTag(tag, manifest, options) {
        writes += 1;
        if (writes === 1) throw lostAnswer();
        await store.pushTag(tag, manifest, options);
      },
    };
    await copy(await sourceWithBoth(), v1, target, [latest]);
    expect((await store.resolve(latest))?.digest).toBe(image.descriptor.digest);
  });

  it('leaves a tag to whoever moved it while the answer was lost', async () => {
    const store = openMemoryStore('target');
    await pushAll(store, [layer, otherConfig]);
    const target: Target = {
      ...store,
      async pushTag() {
        await store.pushTag(latest, otherImage);
        throw lostAnswer();
      },
    };
    expect(await codeOf(async () => copy(await sourceWithBoth(), v1, target, [latest]))).toBe('REGISTRY_UNREACHABLE');
    expect((await store.resolve(latest))?.digest).toBe(otherImage.descriptor.digest);
  });

  it('moves several tags together where the target can', async () => {
    const { target, together } = togetherTarget(openMemoryStore('target'), async (push) => push());
    await copy(await sourceWithBoth(), v1, target, [exact, latest]);
    expect(together).toEqual([[exact, latest]]);
    for (const tag of [exact, latest]) expect((await target.resolve(tag))?.digest).toBe(image.descriptor.digest);
  });

  it('finds out by itself what became of several tags when the answer was lost', async () => {
    const store = openMemoryStore('target');
    const { target } = togetherTarget(store, async () => {
      await store.pushTag(exact, image);
      throw lostAnswer();
    });
    await copy(await sourceWithBoth(), v1, target, [exact, latest]);
    for (const tag of [exact, latest]) expect((await target.resolve(tag))?.digest).toBe(image.descriptor.digest);
  });

  it('leaves one of several tags to whoever moved it while the answer was lost', async () => {
    const store = openMemoryStore('target');
    await pushAll(store, [layer, otherConfig]);
    const { target } = togetherTarget(store, async () => {
      await store.pushTag(latest, otherImage);
      throw lostAnswer();
    });
    expect(await codeOf(async () => copy(await sourceWithBoth(), v1, target, [exact, latest]))).toBe(
      'REGISTRY_UNREACHABLE',
    );
    expect((await store.resolve(latest))?.digest).toBe(otherImage.descriptor.digest);
  });

  it('takes a refusal to rewrite an immutable tag as no failure when the tag names the image already', async () => {
    const store = await sourceWithBoth();
    const target: Target = {
      ...store,
      async pushTag() {
        throw new RegistryError({
          code: 'REGISTRY_REFUSED',
          message: 'tag is immutable',
          status: 400,
          specCodes: ['TAG_INVALID'],
          retryable: false,
        });
      },
    };
    await copy(target, v1, target, [v1]);
    expect(await codeOf(async () => copy(target, v1, target, [latest]))).toBe('REGISTRY_REFUSED');
  });

  it('that is aborted moves no tag', async () => {
    const stop = new AbortController();
    const store = openMemoryStore('target');
    const target: Target = {
      ...store,
      async pushBlob(blob, open, signal) {
        await store.pushBlob(blob, open, signal);
        stop.abort(new Error('stopped on purpose'));
      },
    };
    const copying = copy(await sourceWithBoth(), v1, target, [latest], { signal: stop.signal });
    await expect(copying).rejects.toThrow('stopped on purpose');
    expect(await Array.fromAsync(store.listTags())).toEqual([]);
  });
});

function lostAnswer(): TransportError {
  return new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'connection lost' });
}

/** A target that moves several tags together, by what `how` makes of that. */
function togetherTarget(store: Target, how: (push: () => Promise<void>) => Promise<void>) {
  const together: (readonly Tag[])[] = [];
  const target: Target = {
    ...store,
    async pushTags(tags, manifest, options) {
      together.push(tags);
      await how(async () => {
        for (const tag of tags) await store.pushTag(tag, manifest, options);
      });
    },
  };
  return { target, together };
}
