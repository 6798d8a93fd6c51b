import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { proveGraph } from '../../../oci/copy/prove-graph.ts';
import type { Target } from '../../../oci/copy/target.ts';
import { isManifestType } from '../../../oci/spec/media-type.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import { codeOf } from '../code-of.ts';
import { imageOf, indexOf, layerOf, pushAll } from '../content.ts';
import { countCalls, recordedTarget } from '../observed-target.ts';
import { manifestsOf, randomGraph } from '../random-graph.ts';

describe('the proof of a graph', () => {
  it('is complete when everything is there, and gives the root manifest', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const target = openMemoryStore('target');
        await pushAll(target, graph.contents);
        const proof = await proveGraph(target, graph.root.descriptor);
        expect(proof).toMatchObject({ complete: true, checked: graph.contents.length });
        if (proof.complete) expect(proof.manifest.bytes).toEqual(graph.root.bytes);
      }),
    );
  });

  it('asks for every manifest and blob once', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const store = openMemoryStore('target');
        await pushAll(store, graph.contents);
        const { target, calls } = recordedTarget(store);
        await proveGraph(target, graph.root.descriptor);
        expect(calls).toHaveLength(graph.contents.length);
        expect(new Set(calls.map((call) => call.subject)).size).toBe(graph.contents.length);
      }),
    );
  });

  it('names exactly the one thing that is missing', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.nat(), async (graph, at) => {
        const target = openMemoryStore('target');
        const missing = graph.contents[at % graph.contents.length] ?? graph.root;
        await pushAll(
          target,
          graph.contents.filter((content) => content !== missing),
        );
        const proof = await proveGraph(target, graph.root.descriptor);
        expect(proof.complete).toBe(false);
        if (proof.complete) return;
        expect(proof.missing.map(({ digest }) => digest)).toEqual([missing.descriptor.digest]);
      }),
    );
  });

  it('of the manifests alone asks for no blob, and misses none', async () => {
    await fc.assert(
      fc.asyncProperty(randomGraph, async (graph) => {
        const store = openMemoryStore('target');
        await pushAll(store, manifestsOf(graph));
        const { target, calls } = recordedTarget(store);
        const proof = await proveGraph(target, graph.root.descriptor, { depth: 'manifests' });
        const manifests = graph.contents.filter((content) => isManifestType(content.descriptor.mediaType)).length;
        expect(proof).toMatchObject({ complete: true, checked: manifests });
        expect(countCalls(calls, 'hasBlob')).toBe(0);
      }),
    );
  });

  it('needs nothing of the root but its digest', async () => {
    const layer = layerOf('a layer');
    const { manifest, config } = imageOf('{}', [layer.descriptor]);
    const target = openMemoryStore('target');
    await pushAll(target, [layer, config, manifest]);
    const proof = await proveGraph(target, { digest: manifest.descriptor.digest, mediaType: '', size: 0 });
    expect(proof).toMatchObject({ complete: true, manifest: { descriptor: manifest.descriptor } });
  });

  it('fails when an index lists an image with the wrong size', async () => {
    const { manifest, config } = imageOf('{}', []);
    const index = indexOf([{ ...manifest.descriptor, size: 1 }]);
    const target = openMemoryStore('target');
    await pushAll(target, [config, manifest, index]);
    expect(await codeOf(() => proveGraph(target, index.descriptor))).toBe('MANIFEST_INVALID');
  });

  it('fails, rather than call something missing, when the repository does not answer', async () => {
    const { manifest, config } = imageOf('{}', []);
    const store = openMemoryStore('target');
    await pushAll(store, [config, manifest]);
    const failure = new Error('no answer');
    const silent: Target = { ...store, hasBlob: () => Promise.reject(failure) };
    await expect(proveGraph(silent, manifest.descriptor)).rejects.toBe(failure);
  });

  it('stops when it is told to', async () => {
    const { manifest } = imageOf('{}', []);
    const reason = new Error('stopped on purpose');
    const signal = AbortSignal.abort(reason);
    await expect(proveGraph(openMemoryStore('target'), manifest.descriptor, { signal })).rejects.toBe(reason);
  });
});
