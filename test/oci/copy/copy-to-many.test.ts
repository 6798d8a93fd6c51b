/** Copies to several targets, copies beside one another, and what each of them may say of itself. */
import { describe, expect, it } from 'vitest';
import { AccessError, TransportError } from '../../../errors/errors.ts';
import { copy } from '../../../oci/copy/copy.ts';
import { copyGraph } from '../../../oci/copy/copy-graph.ts';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import { copyToMany } from '../../../oci/copy/copy-to-many.ts';
import { narrowSource } from '../../../oci/copy/platforms/narrow-source.ts';
import type { Source, Target } from '../../../oci/copy/target.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { contentOf, imageOf, indexOf, layerOf, pushAll } from '../content.ts';
import { countCalls, recordedTarget } from '../observed-target.ts';

const v1 = parseTag('v1');
const old = parseTag('old');
const layer = layerOf('a layer');
const { manifest: image, config } = imageOf('{}', [layer.descriptor]);
const { manifest: otherImage, config: otherConfig } = imageOf('{"other":true}', [layer.descriptor]);

/** A repository of a registry, as far as copies can tell. */
function at(registry: string, store: Target = openMemoryStore(registry)): Target {
  return { ...store, place: { registry: `https://${registry}`, repository: parseRepositoryName('app') } };
}

async function sourceOfImage(): Promise<Target> {
  const source = openMemoryStore('source');
  await pushAll(source, [layer, config]);
  await source.pushTag(v1, image);
  return source;
}

describe('a copy never says that it is done', () => {
  it('when what points at the image cannot be listed', async () => {
    const inner = indexOf([image.descriptor]);
    const outer = indexOf([inner.descriptor]);
    const store = await sourceOfImage();
    await pushAll(store, [inner]);
    await store.pushTag(v1, outer);
    let reads = 0;
    const source: Source = {
      ...store,
      async fetchManifest(tagOrDigest, signal) {
        if (tagOrDigest === inner.descriptor.digest) reads += 1;
        if (reads === 2) throw new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'connection lost' });
        return await store.fetchManifest(tagOrDigest, signal);
      },
    };
    const target = openMemoryStore('target');
    expect(await codeOf(() => copy(source, v1, target, [v1], { referrers: {} }))).toBe('REGISTRY_UNREACHABLE');
    expect(await target.resolve(v1)).toBeUndefined();
  });

  it('of some platforms in the repository of the whole image before their index is there', async () => {
    const images = ['amd64', 'arm64', 's390x'].map((architecture) => ({
      architecture,
      ...imageOf(JSON.stringify({ architecture }), [layer.descriptor]),
    }));
    const index = indexOf(
      images.map(({ architecture, manifest }) => ({ ...manifest.descriptor, platform: { os: 'linux', architecture } })),
    );
    const repository = at('registry');
    await pushAll(repository, [layer, ...images.flatMap((one) => [one.config, one.manifest])]);
    await repository.pushTag(v1, index);
    const wanted = ['amd64', 'arm64'].map((architecture) => ({ os: 'linux', architecture }));
    const { source, root } = await narrowSource(repository, await repository.fetchManifest(v1), wanted);
    await copyToMany(source, root.digest, [{ target: repository, tags: [] }]);
    expect(await repository.resolve(root.digest)).toBeDefined();
  });

  it('when the root is lost at the target between the look and the write', async () => {
    const store = openMemoryStore('target');
    await pushAll(store, [layer, config]);
    await store.pushTag(v1, image);
    const target: Target = {
      ...store,
      async resolve(tagOrDigest, signal) {
        const found = await store.resolve(tagOrDigest, signal);
        if (tagOrDigest === v1) await store.deleteManifest?.(image.descriptor.digest);
        return found;
      },
    };
    const result = await copy(await sourceOfImage(), v1, target, [v1], { repair: true });
    expect(result.manifestsCopied).toBe(1);
    expect((await store.resolve(v1))?.digest).toBe(image.descriptor.digest);
  });
});

describe('what a memory was told is not believed', () => {
  it('of the blobs of a manifest that was found, so that a hole does not spread', async () => {
    const memory = openCopyMemory(() => 0);
    const target = at('registry');
    await target.pushTag(old, image);
    const source = await sourceOfImage();
    await pushAll(source, [otherConfig, otherImage]);
    await copy(source, image.descriptor.digest, target, [v1], { memory });
    await copy(source, otherImage.descriptor.digest, target, [v1], { memory });
    expect(await target.hasBlob(layer.descriptor)).toBe(true);
  });

  it('of a root that was deleted meanwhile', async () => {
    const memory = openCopyMemory(() => 0);
    const target = at('registry');
    const source = await sourceOfImage();
    await copyGraph(source, target, image.descriptor, { memory });
    await target.deleteManifest?.(image.descriptor.digest);
    expect(await copyGraph(source, target, image.descriptor, { memory })).toMatchObject({ manifestsCopied: 1 });
  });

  it('by a repair, whatever others read of the repository meanwhile', async () => {
    const memory = openCopyMemory(() => 0);
    const source = await sourceOfImage();
    const staging = at('staging');
    await pushAll(staging, [config]);
    await staging.pushTag(v1, image);
    const gate = Promise.withResolvers<void>();
    const slow: Source = {
      ...source,
      async fetchManifest(tagOrDigest, signal) {
        await gate.promise;
        return await source.fetchManifest(tagOrDigest, signal);
      },
    };
    const repairing = copyGraph(slow, staging, image.descriptor, { repair: true, memory });
    expect(await codeOf(() => copyGraph(staging, at('production'), image.descriptor, { memory }))).toBe('BLOB_UNKNOWN');
    gate.resolve();
    await repairing;
    expect(await staging.hasBlob(layer.descriptor)).toBe(true);
  });
});

describe('copies beside one another', () => {
  it('send a layer that they share once, though they begin at the same moment', async () => {
    const memory = openCopyMemory(() => 0);
    const source = openMemoryStore('source');
    const images = [0, 1, 2, 3].map((at) => imageOf(`{"at":${at}}`, [layer.descriptor]));
    await pushAll(source, [layer, ...images.flatMap((one) => [one.config, one.manifest])]);
    const to = recordedTarget(at('registry'));
    const tagOf = (index: number) => parseTag(`t${index}`);
    await Promise.all(
      images.map(({ manifest }, index) =>
        copy(source, manifest.descriptor.digest, to.target, [tagOf(index)], { memory }),
      ),
    );
    expect(countCalls(to.calls, 'pushBlob', layer.descriptor.digest)).toBe(1);
  });
});

describe('a copy to several targets', () => {
  it('of which one has everything brings the other its content while the first is still being tagged', async () => {
    const has = openMemoryStore('has');
    await pushAll(has, [layer, config, image]);
    const pushed = Promise.withResolvers<void>();
    const slow: Target = {
      ...has,
      async pushTag(...terms) {
        await pushed.promise;
        await has.pushTag(...terms);
      },
    };
    const store = openMemoryStore('lacks');
    const lacks: Target = {
      ...store,
      async pushBlob(...terms) {
        await store.pushBlob(...terms);
        pushed.resolve();
      },
    };
    const destinations = [slow, lacks].map((target) => ({ target, tags: [v1] }));
    const outcomes = await copyToMany(await sourceOfImage(), v1, destinations);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['copied', 'copied']);
  });

  it('stops sending to one that has failed', async () => {
    const layers = [1, 2, 3, 4].map((fill) => contentOf(mediaTypes.ociLayer, new Uint8Array(1024 * 1024).fill(fill)));
    const large = imageOf(
      '{"large":true}',
      layers.map(({ descriptor }) => descriptor),
    );
    const source = openMemoryStore('source');
    await pushAll(source, [...layers, large.config]);
    await source.pushTag(v1, large.manifest);
    const bad = openMemoryStore('bad');
    const failing: Target = {
      ...bad,
      async pushBlob(blob, open, signal) {
        if (blob.digest === large.config.descriptor.digest) {
          throw new AccessError({ code: 'REGISTRY_DENIED', message: 'not allowed', signedIn: true });
        }
        // Stands still until it is told to stop.
        await new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
        await bad.pushBlob(blob, open, signal);
      },
    };
    const destinations = [at('good'), at('bad', failing)].map((target) => ({ target, tags: [v1] }));
    const outcomes = await copyToMany(source, v1, destinations);
    expect(outcomes).toMatchObject([{ kind: 'copied' }, { kind: 'failed', cause: { code: 'REGISTRY_DENIED' } }]);
  });

  it('throws the reason when it is stopped while it looks', async () => {
    const stop = new AbortController();
    const target: Target = {
      ...openMemoryStore('target'),
      async resolve() {
        stop.abort(new Error('stopped on purpose'));
        throw stop.signal.reason;
      },
    };
    const copying = copyToMany(await sourceOfImage(), v1, [{ target, tags: [v1] }], { signal: stop.signal });
    await expect(copying).rejects.toThrow('stopped on purpose');
  });

  it('has nothing running any more when the source is missing', async () => {
    let running = 0;
    const asked = Promise.withResolvers<void>();
    const target: Target = {
      ...openMemoryStore('target'),
      async resolve() {
        running += 1;
        await asked.promise;
        running -= 1;
        return undefined;
      },
    };
    const copying = codeOf(() => copyToMany(openMemoryStore('empty'), v1, [{ target, tags: [v1] }]));
    setImmediate(asked.resolve);
    expect(await copying).toBe('MANIFEST_UNKNOWN');
    expect(running).toBe(0);
  });
});
