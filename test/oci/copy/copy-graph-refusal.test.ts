/** Sources and targets that are wrong, incomplete or odd. */
import { describe, expect, it } from 'vitest';
import { NotFoundError, RegistryError } from '../../../errors/errors.ts';
import { copyGraph } from '../../../oci/copy/copy-graph.ts';
import { graphDepthMax } from '../../../oci/copy/graph-walk.ts';
import type { ByteStream, Target } from '../../../oci/copy/target.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { bytesOf, type Content, contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../content.ts';
import { countCalls, recordedTarget } from '../observed-target.ts';

const layer = layerOf('a layer');
const { manifest: image, config } = imageOf('{}', [layer.descriptor]);

async function sourceWith(...contents: readonly Content[]): Promise<Target> {
  const source = openMemoryStore('source');
  await pushAll(source, contents);
  return source;
}

/** The code with which the copy fails; that nothing was written but blobs is asserted. */
async function failureOf(source: Target, root: Descriptor): Promise<string> {
  const to = recordedTarget(openMemoryStore('target'));
  const code = await codeOf(() => copyGraph(source, to.target, root));
  expect(countCalls(to.calls, 'pushManifest')).toBe(0);
  return code;
}

function registryError(specCodes: readonly string[]): RegistryError {
  return new RegistryError({ code: 'REGISTRY_REFUSED', message: 'refused', status: 400, specCodes, retryable: false });
}

describe('a copy fails, and pushes no manifest, when the source', () => {
  it('does not have the root', async () => {
    expect(await failureOf(await sourceWith(), image.descriptor)).toBe('MANIFEST_UNKNOWN');
  });

  it('does not have a blob', async () => {
    expect(await failureOf(await sourceWith(config, image), image.descriptor)).toBe('BLOB_UNKNOWN');
  });

  it('does not have a manifest that an index lists', async () => {
    const index = indexOf([image.descriptor]);
    expect(await failureOf(await sourceWith(index), index.descriptor)).toBe('MANIFEST_UNKNOWN');
  });

  it('gives other bytes for a blob', async () => {
    const store = await sourceWith(layer, config, image);
    const lying: Target = {
      ...store,
      fetchBlob: async () =>
        (async function* (): ByteStream {
          yield bytesOf('b layer');
        })(),
    };
    expect(await failureOf(lying, image.descriptor)).toBe('DIGEST_MISMATCH');
  });

  it.each([
    ['size', { size: image.descriptor.size + 1 }],
    ['type', { mediaType: mediaTypes.dockerManifest }],
  ])('has an index that lists an image with the wrong %s', async (_, wrong) => {
    const index = indexOf([{ ...image.descriptor, ...wrong }]);
    const source = await sourceWith(layer, config, image, index);
    expect(await failureOf(source, index.descriptor)).toBe('MANIFEST_INVALID');
  });

  it('has a manifest with layers and manifests', async () => {
    const both = { config: config.descriptor, layers: [layer.descriptor], manifests: [image.descriptor] };
    const ambiguous = manifestOf(mediaTypes.ociManifest, both);
    expect(await failureOf(await sourceWith(ambiguous), ambiguous.descriptor)).toBe('MANIFEST_INVALID');
  });

  it('has indexes nested deeper than anyone needs', async () => {
    const tower = [layer, config, image];
    for (let level = 0; level < graphDepthMax; level += 1) tower.push(indexOf([towerTop(tower)]));
    const source = await sourceWith(...tower);
    const result = await copyGraph(source, openMemoryStore('target'), towerTop(tower));
    expect(result.manifestsCopied).toBe(graphDepthMax + 1);

    const oneMore = indexOf([towerTop(tower)]);
    await source.pushManifest(oneMore);
    expect(await failureOf(source, oneMore.descriptor)).toBe('MANIFEST_INVALID');
  });
});

describe('a copy that fails', () => {
  it('gives the first failure, marked with the side it came from', async () => {
    const source = await sourceWith(layer, config, image);
    const refusing: Target = { ...openMemoryStore('target'), hasBlob: () => Promise.reject(registryError(['DENIED'])) };
    const denied = copyGraph(source, refusing, image.descriptor);
    await expect(denied).rejects.toMatchObject({ code: 'REGISTRY_REFUSED', side: 'target', specCodes: ['DENIED'] });

    const broken: Target = { ...source, fetchManifest: () => Promise.reject(registryError([])) };
    await expect(copyGraph(broken, openMemoryStore('target'), image.descriptor)).rejects.toMatchObject({
      side: 'source',
    });
  });

  it('begins nothing more', async () => {
    const layers = ['1', '2', '3', '4', '5'].map(layerOf);
    const { manifest } = imageOf('{}', descriptorsOf(layers));
    const store = openMemoryStore('target');
    const to = recordedTarget({ ...store, hasBlob: () => Promise.reject(new Error('no answer')) });
    const source = await sourceWith(...layers, config, manifest);
    await expect(copyGraph(source, to.target, manifest.descriptor, { concurrency: 1 })).rejects.toThrow('no answer');
    expect(to.calls.map(({ method }) => method)).toEqual(['resolve', 'hasBlob']);
  });

  it('tells so when everything it had begun has ended', async () => {
    const slow = Promise.withResolvers<boolean>();
    const failure = new Error('no answer');
    const target: Target = {
      ...openMemoryStore('target'),
      hasBlob: ({ digest }) => (digest === layer.descriptor.digest ? slow.promise : Promise.reject(failure)),
    };
    let ended = false;
    const source = await sourceWith(layer, config, image);
    const copying = copyGraph(source, target, image.descriptor).finally(() => {
      ended = true;
    });
    const outcome = expect(copying).rejects.toBe(failure);
    await new Promise(setImmediate);
    expect(ended).toBe(false);
    slow.resolve(true);
    await outcome;
  });

  it('because it was told to stop gives the reason, whatever the target makes of it', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped on purpose');
    const target: Target = {
      ...openMemoryStore('target'),
      async hasBlob() {
        stop.abort(reason);
        throw new Error('the request was aborted');
      },
    };
    const source = await sourceWith(layer, config, image);
    const copying = copyGraph(source, target, image.descriptor, { signal: stop.signal });
    await expect(copying).rejects.toBe(reason);
  });

  it('blames the source for a stream of its that breaks on the way to the target', async () => {
    const store = await sourceWith(layer, config, image);
    const breaking: Target = {
      ...store,
      fetchBlob: async () =>
        (async function* (): ByteStream {
          yield bytesOf('a');
          throw registryError([]);
        })(),
    };
    const copying = copyGraph(breaking, openMemoryStore('target'), image.descriptor);
    await expect(copying).rejects.toMatchObject({ side: 'source' });
  });
});

describe('a layer that lies elsewhere', () => {
  const foreign = contentOf(mediaTypes.dockerForeignLayer, bytesOf('elsewhere')).descriptor;

  it('is left where it is', async () => {
    const withUrls = { ...foreign, urls: ['https://layers.example/1'] };
    const { manifest } = imageOf('{}', [layer.descriptor, withUrls]);
    const target = openMemoryStore('target');
    const result = await copyGraph(await sourceWith(layer, config, manifest), target, manifest.descriptor);
    expect(result).toMatchObject({ blobsCopied: 2, manifestsCopied: 1 });
    expect(await target.hasBlob(withUrls)).toBe(false);
  });

  it('is copied when its manifest does not say where', async () => {
    const { manifest } = imageOf('{}', [foreign]);
    const source = await sourceWith({ descriptor: foreign, bytes: bytesOf('elsewhere') }, config, manifest);
    const target = openMemoryStore('target');
    await copyGraph(source, target, manifest.descriptor);
    expect(await target.hasBlob(foreign)).toBe(true);
  });
});

describe('content that its descriptor carries', () => {
  const inline = (text: string) => ({ ...layer.descriptor, data: Buffer.from(text).toString('base64') });

  it.each([
    ['is not fetched when it is right', 'a layer', 0],
    ['is not used when it is wrong', 'b layer', 1],
    ['is not used when it is cut off', 'a lay', 1],
  ])('%s', async (_, text, fetches) => {
    const { manifest } = imageOf('{}', [inline(text)]);
    const from = recordedTarget(await sourceWith(layer, config, manifest));
    const target = openMemoryStore('target');
    await copyGraph(from.target, target, manifest.descriptor);
    expect(countCalls(from.calls, 'fetchBlob', layer.descriptor.digest)).toBe(fetches);
    expect(await target.hasBlob(layer.descriptor)).toBe(true);
  });
});

describe('a target that claims to have what it has not', () => {
  const index = indexOf([image.descriptor]);

  /** Says it has everything but the root; refuses manifests whose content was not pushed. */
  function forgetful(error: Error): { target: Target; store: Target } {
    const store = openMemoryStore('target');
    const target: Target = {
      ...store,
      resolve: async (digest) => (digest === index.descriptor.digest ? undefined : image.descriptor),
      hasBlob: async () => true,
      async pushManifest(manifest) {
        const isIndex = manifest.descriptor.digest === index.descriptor.digest;
        const whole = isIndex ? await store.resolve(image.descriptor.digest) : await store.hasBlob(layer.descriptor);
        if (!whole) throw error;
        await store.pushManifest(manifest);
      },
    };
    return { target, store };
  }

  it.each([
    ['of the specification', registryError(['MANIFEST_BLOB_UNKNOWN'])],
    ['of a missing manifest', new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: 'not there' })],
  ])('is given it again when it refuses a manifest with the code %s', async (_, error) => {
    const source = await sourceWith(layer, config, image, index);
    const { target, store } = forgetful(error);
    await copyGraph(source, target, index.descriptor);
    expect(await store.hasBlob(layer.descriptor)).toBe(true);
    expect(await store.resolve(index.descriptor.digest)).toBeDefined();
  });

  it('is not given it again when it refuses for another reason', async () => {
    const { target } = forgetful(registryError(['DENIED']));
    const source = await sourceWith(layer, config, image, index);
    await expect(copyGraph(source, target, index.descriptor)).rejects.toMatchObject({ specCodes: ['DENIED'] });
  });

  it('is given it again once, not for ever', async () => {
    const to = recordedTarget({
      ...openMemoryStore('target'),
      pushManifest: () => Promise.reject(registryError(['MANIFEST_BLOB_UNKNOWN'])),
    });
    const source = await sourceWith(layer, config, image);
    expect(await codeOf(() => copyGraph(source, to.target, image.descriptor))).toBe('REGISTRY_REFUSED');
    expect(countCalls(to.calls, 'pushManifest')).toBe(2);
  });
});

describe('a target with holes below a manifest it has', () => {
  it('keeps them in an ordinary copy, and has them filled in a repairing one', async () => {
    const source = await sourceWith(layer, config, image);
    const target = openMemoryStore('target');
    await pushAll(target, [config, image]);
    expect(await copyGraph(source, target, image.descriptor)).toMatchObject({ manifestsPresent: 1, blobsCopied: 0 });
    expect(await copyGraph(source, target, image.descriptor, { repair: true })).toMatchObject({
      manifestsPresent: 1,
      blobsPresent: 1,
      blobsCopied: 1,
    });
    expect(await target.hasBlob(layer.descriptor)).toBe(true);
  });
});

function descriptorsOf(contents: readonly Content[]): Descriptor[] {
  return contents.map(({ descriptor }) => descriptor);
}

function towerTop(tower: readonly Content[]): Descriptor {
  return tower.at(-1)?.descriptor ?? image.descriptor;
}
