import { describe, expect, it } from 'vitest';
import { copy } from '../../../../oci/copy/copy.ts';
import { narrowSource } from '../../../../oci/copy/platforms/narrow-source.ts';
import { proveGraph } from '../../../../oci/copy/prove-graph.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import { codeOf } from '../../code-of.ts';
import { type Content, contentOf, imageOf, indexOf, layerOf, manifestOf, pushAll } from '../../content.ts';
import { countCalls, recordedTarget } from '../../observed-target.ts';

const v1 = parseTag('v1');
const images = ['linux/amd64', 'linux/arm64', 'windows/amd64:10.0'].map(imageFor);
const [amd64, arm64, windows] = images.map(({ manifest }) => manifest.descriptor);
const index = indexOf(images.map(({ listed }) => listed));

function imageFor(text: string) {
  const platform = parsePlatformText(text);
  const layer = layerOf(text);
  const image = imageOf(JSON.stringify(platform), [layer.descriptor]);
  return { layer, ...image, listed: { ...image.manifest.descriptor, platform } };
}

async function openSource(...more: readonly Content[]) {
  const store = openMemoryStore('source');
  const contents = images.flatMap(({ layer, config, manifest }) => [layer, config, manifest]);
  await pushAll(store, [...contents, index, ...more]);
  return recordedTarget(store);
}

function platforms(...texts: readonly string[]) {
  return texts.map(parsePlatformText);
}

describe('a source narrowed to some platforms', () => {
  it('gives out a whole graph of these alone, which it never stores', async () => {
    const { target: source, calls } = await openSource();
    const narrowed = await narrowSource(source, index, platforms('linux/amd64', 'linux/arm64'));
    const target = openMemoryStore('target');
    await copy(narrowed.source, narrowed.root.digest, target, [v1]);
    expect(await proveGraph(target, narrowed.root)).toMatchObject({ complete: true, checked: 7 });
    expect(amd64 && (await target.resolve(amd64.digest))).toBeDefined();
    expect(windows && (await target.resolve(windows.digest))).toBeUndefined();
    expect(calls.filter(({ method }) => method.startsWith('push'))).toEqual([]);
    expect(countCalls(calls, 'fetchManifest', index.descriptor.digest)).toBe(0);
  });

  it('of which one is wanted gives out its manifest as it lies there', async () => {
    const { target: source } = await openSource();
    const narrowed = await narrowSource(source, index, platforms('linux/arm64'));
    expect(narrowed.root).toEqual(arm64);
    const target = openMemoryStore('target');
    await copy(narrowed.source, narrowed.root.digest, target, [v1]);
    expect((await target.resolve(v1))?.digest).toBe(arm64?.digest);
  });

  it('reads the platform of a single image from its configuration, and leaves it as it is', async () => {
    const { target: source } = await openSource();
    const [{ manifest } = { manifest: index }] = images;
    const narrowed = await narrowSource(source, manifest, platforms('linux/amd64'));
    expect(narrowed.root).toEqual(amd64);
    expect(await codeOf(() => narrowSource(source, manifest, platforms('linux/arm64')))).toBe('PLATFORM_UNKNOWN');
  });

  it('has no platform for what is no image', async () => {
    const config = contentOf('application/vnd.example.chart', new TextEncoder().encode('not JSON'));
    const chart = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
    const { target: source } = await openSource(config, chart);
    expect(await codeOf(() => narrowSource(source, chart, platforms('linux/amd64')))).toBe('PLATFORM_UNKNOWN');
  });
});
