import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CopyEvent } from '../../../oci/copy/copy-event.ts';
import { type CopyOptions, copyGraph } from '../../../oci/copy/copy-graph.ts';
import { proveGraph } from '../../../oci/copy/prove-graph.ts';
import type { RepositoryPlace, Source, Target } from '../../../oci/copy/target.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../content.ts';
import { type Call, countCalls, observedTarget, recordedTarget } from '../observed-target.ts';
import { blobsOf, type Graph, manifestsOf, randomGraph } from '../random-graph.ts';

const options: fc.Arbitrary<CopyOptions> = fc.record({ concurrency: fc.integer({ min: 1, max: 9 }) });

async function sourceOf(graph: Graph): Promise<Target> {
  const source = openMemoryStore('source');
  await pushAll(source, graph.contents);
  return source;
}

describe('a copy of a graph', () => {
  it('brings every manifest and blob over, and counts them', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, options, async (graph, chosen) => {
        const target = openMemoryStore('target');
        const result = await copyGraph(await sourceOf(graph), target, graph.root.descriptor, chosen);
        expect(await proveGraph(target, graph.root.descriptor)).toMatchObject({ complete: true });
        expect(result).toMatchObject({
          root: graph.root.descriptor,
          manifestsCopied: manifestsOf(graph).length,
          manifestsPresent: 0,
          blobsCopied: blobsOf(graph).length,
          blobsPresent: 0,
          blobsMounted: 0,
          bytesCopied: graph.contents.reduce((sum, content) => sum + content.bytes.length, 0),
        });
        expect(result.manifest?.bytes).toEqual(graph.root.bytes);
      }),
    );
  });

  it('reads and writes every digest once', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, options, async (graph, chosen) => {
        const from = recordedTarget(await sourceOf(graph));
        const to = recordedTarget(openMemoryStore('target'));
        await copyGraph(from.target, to.target, graph.root.descriptor, chosen);
        for (const calls of [from.calls, to.calls]) expectEachOnce(calls);
        for (const { descriptor } of manifestsOf(graph)) {
          expect(countCalls(from.calls, 'fetchManifest', descriptor.digest)).toBe(1);
          expect(countCalls(to.calls, 'pushManifest', descriptor.digest)).toBe(1);
        }
        for (const { descriptor } of blobsOf(graph)) {
          expect(countCalls(to.calls, 'pushBlob', descriptor.digest)).toBe(1);
        }
      }),
    );
  });

  it('pushes a manifest when all below it is there, and never before', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, options, async (graph, chosen) => {
        const store = openMemoryStore('target');
        const watched = observedTarget(store, async (call, proceed) => {
          const result = await proceed();
          const manifest = manifestsOf(graph).find((content) => content.descriptor.digest === call.subject);
          if (call.method === 'pushManifest' && manifest !== undefined) {
            expect((await proveGraph(store, manifest.descriptor)).complete).toBe(true);
          }
          return result;
        });
        await copyGraph(await sourceOf(graph), watched, graph.root.descriptor, chosen);
      }),
    );
  });

  it('that is repeated asks the target one question and the source none', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const store = openMemoryStore('target');
        await copyGraph(await sourceOf(graph), store, graph.root.descriptor);
        const from = recordedTarget(await sourceOf(graph));
        const to = recordedTarget(store);
        const result = await copyGraph(from.target, to.target, graph.root.descriptor);
        expect(from.calls).toEqual([]);
        expect(to.calls).toEqual([{ method: 'resolve', subject: graph.root.descriptor.digest }]);
        expect(result).toMatchObject({ manifestsPresent: 1, manifestsCopied: 0, blobsCopied: 0, manifest: undefined });
      }),
    );
  });

  it('continues from any sound part of it without moving that again', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.nat(), async (graph, part) => {
        const store = openMemoryStore('target');
        const there = graph.contents.slice(0, part % graph.contents.length);
        await pushAll(store, there);
        const to = recordedTarget(store);
        await copyGraph(await sourceOf(graph), to.target, graph.root.descriptor);
        expect((await proveGraph(store, graph.root.descriptor)).complete).toBe(true);
        for (const { descriptor } of there) {
          expect(countCalls(to.calls, 'pushBlob', descriptor.digest)).toBe(0);
          expect(countCalls(to.calls, 'pushManifest', descriptor.digest)).toBe(0);
        }
      }),
    );
  });

  it('has no more exchanges under way than it was allowed', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.integer({ min: 1, max: 4 }), async (graph, concurrency) => {
        let running = 0;
        let most = 0;
        const watched = observedTarget(openMemoryStore('target'), async (_, proceed) => {
          running += 1;
          most = Math.max(most, running);
          await new Promise(setImmediate);
          try {
            return await proceed();
          } finally {
            running -= 1;
          }
        });
        await copyGraph(await sourceOf(graph), watched, graph.root.descriptor, { concurrency });
        expect(most).toBeLessThanOrEqual(concurrency);
      }),
      { numRuns: 30 },
    );
  });
});

describe('the events of a copy', () => {
  it('start every node once, account for all its bytes, and end it once', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const events: CopyEvent[] = [];
        await copyGraph(await sourceOf(graph), openMemoryStore('target'), graph.root.descriptor, {
          onEvent: (event) => events.push(event),
        });
        for (const { descriptor } of graph.contents) {
          const own = events.filter((event) => event.descriptor.digest === descriptor.digest);
          const kinds = own.map((event) => event.kind);
          expect(kinds.filter((kind) => kind !== 'progressed')).toEqual(['started', 'copied']);
          expect([kinds[0], kinds.at(-1)]).toEqual(['started', 'copied']);
          expect(progressedBytes(own)).toBe(descriptor.size);
        }
      }),
    );
  });

  it('take back the bytes of an attempt that starts over', async () => {
    const { source, root } = await smallImage();
    const events: CopyEvent[] = [];
    const store = openMemoryStore('target');
    const retrying: Target = {
      ...store,
      async pushBlob(blob, open, signal) {
        for await (const _ of await open()) break;
        for await (const _ of await open());
        await store.pushBlob(blob, open, signal);
      },
    };
    await copyGraph(source, retrying, root, { onEvent: (event) => events.push(event) });
    expect(progressedBytes(events)).toBe(events.reduce((sum, event) => sum + sizeWhenStarted(event), 0));
  });

  it('account for a blob that the target found stored without reading it to its end', async () => {
    const { source, root } = await smallImage();
    const events: CopyEvent[] = [];
    const store = openMemoryStore('target');
    const knowing: Target = {
      ...store,
      async pushBlob(blob, open, signal) {
        for await (const _ of await open()) break;
        await store.pushBlob(blob, () => source.fetchBlob(blob), signal);
      },
    };
    await copyGraph(source, knowing, root, { onEvent: (event) => events.push(event) });
    expect(progressedBytes(events)).toBe(events.reduce((sum, event) => sum + sizeWhenStarted(event), 0));
  });

  it('tell what was present and what was mounted', async () => {
    const { source, root, layer } = await smallImage();
    const kinds: string[] = [];
    const target = mountingTarget(openMemoryStore('target'), source, [layer]).target;
    await copyGraph(source, target, root, { onEvent: (event) => kinds.push(event.kind) });
    expect(kinds.filter((kind) => kind === 'mounted')).toHaveLength(1);
    kinds.length = 0;
    await copyGraph(source, target, root, { onEvent: (event) => kinds.push(event.kind) });
    expect(kinds).toEqual(['started', 'present']);
  });
});

describe('a target that can mount', () => {
  it('is asked to mount each blob from the source, and nothing else about it', async () => {
    const { source, root, layer, config } = await smallImage();
    const { target, mounts } = mountingTarget(openMemoryStore('target'), source, [layer, config]);
    const to = recordedCalls(target);
    const result = await copyGraph(source, to.target, root);
    expect(mounts.map(({ from }) => from)).toEqual([source.place, source.place]);
    expect(to.calls.map((call) => call.method)).toEqual(['resolve', 'pushManifest']);
    expect(result).toMatchObject({ blobsMounted: 2, blobsCopied: 0 });
  });

  it('that cannot mount a layer is asked for it, then given its bytes; a configuration is given at once', async () => {
    const { source, root } = await smallImage();
    const { target } = mountingTarget(openMemoryStore('target'), source, []);
    const to = recordedCalls(target);
    const result = await copyGraph(source, to.target, root, { concurrency: 1 });
    expect(to.calls.map((call) => call.method)).toEqual([
      'resolve',
      ...['hasBlob', 'pushBlob'],
      // A configuration is hardly ever there without its manifest: the question would cost more than it spares.
      'pushBlob',
      'pushManifest',
    ]);
    expect(result).toMatchObject({ blobsMounted: 0, blobsCopied: 2 });
  });
});

describe('a copy into a part that is there', () => {
  it('does not look below an image that the target has', async () => {
    const shared = layerOf('shared');
    const there = imageOf('{"there":true}', [shared.descriptor]);
    const missing = imageOf('{"there":false}', [shared.descriptor]);
    const index = indexOf([there.manifest.descriptor, missing.manifest.descriptor]);
    const source = openMemoryStore('source');
    await pushAll(source, [shared, there.config, there.manifest, missing.config, missing.manifest, index]);
    const store = openMemoryStore('target');
    await pushAll(store, [shared, there.config, there.manifest]);
    const to = recordedTarget(store);
    const result = await copyGraph(source, to.target, index.descriptor);
    expect(result).toMatchObject({ manifestsPresent: 1, manifestsCopied: 2, blobsPresent: 1, blobsCopied: 1 });
    expect(countCalls(to.calls, 'hasBlob', there.config.descriptor.digest)).toBe(0);
  });
});

const registry = 'http://registry.test';

interface SmallImage {
  readonly source: Target;
  readonly root: Descriptor;
  readonly layer: Descriptor;
  readonly config: Descriptor;
}

async function smallImage(): Promise<SmallImage> {
  const layer = layerOf('a layer');
  const { manifest, config } = imageOf('{}', [layer.descriptor]);
  const store = openMemoryStore('source');
  await pushAll(store, [layer, config, manifest]);
  const place = { registry, repository: parseRepositoryName('team/app') };
  const source = { ...store, place };
  return { source, root: manifest.descriptor, layer: layer.descriptor, config: config.descriptor };
}

/** A target that mounts only those blobs, and remembers being asked. */
function mountingTarget(
  store: Target,
  source: Source,
  mountable: readonly Descriptor[],
): {
  target: Target;
  mounts: { digest: string; from: RepositoryPlace }[];
} {
  const mounts: { digest: string; from: RepositoryPlace }[] = [];
  const target: Target = {
    ...store,
    place: { registry, repository: parseRepositoryName('team/target') },
    async mountBlob(blob, from) {
      if (!mountable.some(({ digest }) => digest === blob.digest)) return false;
      mounts.push({ digest: blob.digest, from });
      await store.pushBlob(blob, () => source.fetchBlob(blob));
      return true;
    },
  };
  return { target, mounts };
}

/** Like `recordedTarget`, for a target that can mount. */
function recordedCalls(target: Target): { target: Target; calls: Call[] } {
  const recorded = recordedTarget(target);
  const { mountBlob } = target;
  return mountBlob === undefined ? recorded : { calls: recorded.calls, target: { ...recorded.target, mountBlob } };
}

function expectEachOnce(calls: readonly Call[]): void {
  const keys = calls.map((call) => `${call.method} ${call.subject}`);
  expect(new Set(keys).size).toBe(keys.length);
}

function progressedBytes(events: readonly CopyEvent[]): number {
  return events.reduce((sum, event) => sum + (event.kind === 'progressed' ? event.bytes : 0), 0);
}

function sizeWhenStarted(event: CopyEvent): number {
  return event.kind === 'started' ? event.descriptor.size : 0;
}
