/** Where attestations go, and that all of the image still goes with them. */
import { describe, expect, it } from 'vitest';
import { copy } from '../../../../oci/copy/copy.ts';
import { proveGraph } from '../../../../oci/copy/prove-graph.ts';
import { type Manifest, parseManifest } from '../../../../oci/spec/manifest.ts';
import { parseTag } from '../../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../../oci/store/memory.ts';
import type { AttestationRequest } from '../../../../release/builders/builder.ts';
import { placeAttestations } from '../../../../release/builders/image/place-attestations.ts';
import { pushAll } from '../../../oci/content.ts';
import { type BuiltIndex, builtImage, builtIndex } from './built-index.ts';

const { signal } = new AbortController();
const v1 = parseTag('v1');

/** The image with its attestations in that place, and a repository that it was copied to. */
async function place(
  { index, contents }: Pick<BuiltIndex, 'index' | 'contents'>,
  placement: AttestationRequest['placement'],
) {
  const store = openMemoryStore('built');
  await pushAll(store, contents);
  const placed = await placeAttestations(store, index.descriptor, placement, signal);
  const target = openMemoryStore('target');
  await copy(placed.source, placed.root.digest, target, [v1], { referrers: {} });
  expect((await target.resolve(v1))?.digest).toBe(placed.root.digest);
  expect(await proveGraph(target, placed.root)).toMatchObject({ complete: true });
  const { bytes, descriptor } = await target.fetchManifest(placed.root.digest);
  return { ...placed, target, manifest: parseManifest(bytes, descriptor.mediaType) };
}

function digestsIn(manifest: Manifest): readonly string[] {
  return manifest.kind === 'index' ? manifest.manifests.map(({ digest }) => digest) : [];
}

const two = ['linux/amd64', 'linux/arm64'];

describe('attestations in the index', () => {
  it('stay there, and the digest with them', async () => {
    const built = builtIndex(two);
    expect((await place(built, 'index')).root.digest).toBe(built.index.descriptor.digest);
  });
});

describe('attestations that go nowhere', () => {
  it('leave an index of platforms, its annotations kept', async () => {
    const built = builtIndex(two, { annotations: { a: 'b' } });
    const { manifest } = await place(built, 'none');
    expect(digestsIn(manifest)).toEqual(built.images.map(({ descriptor }) => descriptor.digest));
    expect(manifest.annotations).toEqual({ a: 'b' });
  });

  it('leave the image itself where there is one', async () => {
    const built = builtIndex(['linux/amd64']);
    expect((await place(built, 'none')).root).toEqual(built.images[0]?.descriptor);
  });

  it('are no referrers either, where BuildKit made them some', async () => {
    const built = builtIndex(two, { form: 'artifact' });
    const { target } = await place(built, 'none');
    for (const { descriptor } of built.images) {
      expect((await target.listReferrers?.(descriptor.digest))?.referrers).toEqual([]);
    }
  });

  it('leave out an index around one image also when there are none', async () => {
    const built = builtIndex(['linux/amd64'], { form: 'none' });
    expect((await place(built, 'none')).root).toEqual(built.images[0]?.descriptor);
  });

  it('change neither an index without any nor an image', async () => {
    const built = builtIndex(two, { form: 'none' });
    expect((await place(built, 'none')).root.digest).toBe(built.index.descriptor.digest);
    const { image, contents } = builtImage('linux/amd64');
    expect((await place({ index: image, contents }, 'none')).root).toEqual(image.descriptor);
  });
});

describe.each(['image', 'artifact'] as const)('attestations of the form %s as referrers', (form) => {
  it('are listed at their images, with their statements, wherever the image is copied', async () => {
    const built = builtIndex(two, { form });
    const { target, manifest } = await place(built, 'referrers');
    expect(digestsIn(manifest)).toEqual(built.images.map(({ descriptor }) => descriptor.digest));
    for (const [at, { descriptor }] of built.images.entries()) {
      const { referrers = [] } = (await target.listReferrers?.(descriptor.digest)) ?? {};
      expect(referrers).toMatchObject([{ artifactType: 'application/vnd.in-toto+json' }]);
      const fetched = await target.fetchManifest(referrers[0]?.digest ?? descriptor.digest);
      const referrer = parseManifest(fetched.bytes, fetched.descriptor.mediaType);
      expect(referrer.subject).toEqual(descriptor);
      const original = built.attestations[at];
      expect(referrer).toMatchObject({
        layers: parseManifest(original?.bytes ?? new Uint8Array()).kind === 'image' ? layersOf(original) : [],
      });
      expect(await proveGraph(target, fetched.descriptor)).toMatchObject({ complete: true });
    }
  });

  it('leave the image itself where there is one, with a digest that no attestation changes', async () => {
    const built = builtIndex(['linux/amd64'], { form });
    const { root, target } = await place(built, 'referrers');
    expect(root).toEqual(built.images[0]?.descriptor);
    expect((await target.listReferrers?.(root.digest))?.referrers).toHaveLength(1);
  });
});

describe('attestations as referrers', () => {
  it('change nothing where there are none', async () => {
    const built = builtIndex(two, { form: 'none' });
    expect((await place(built, 'referrers')).root.digest).toBe(built.index.descriptor.digest);
    const single = builtIndex(['linux/amd64'], { form: 'none' });
    expect((await place(single, 'referrers')).root.digest).toBe(single.index.descriptor.digest);
  });
});

function layersOf(content: BuiltIndex['index'] | undefined) {
  const manifest = content && parseManifest(content.bytes);
  return manifest?.kind === 'image' ? manifest.layers : [];
}
