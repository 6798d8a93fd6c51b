import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  blobSuccessors,
  type Manifest,
  manifestSizeBytesMax,
  manifestSuccessors,
  parseManifest,
  successors,
} from '../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { codeOf } from '../code-of.ts';
import { bytesOf } from '../content.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const otherDigest = `sha512:${'b'.repeat(128)}`;
const config = { mediaType: mediaTypes.ociConfig, digest, size: 2 };
const layer = { mediaType: mediaTypes.ociLayerGzip, digest: otherDigest, size: 3 };
const child = { mediaType: mediaTypes.ociManifest, digest, size: 4 };

const image = { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [layer] };
const index = { schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: [child] };

function parse(document: unknown, contentType?: string): Manifest {
  return parseManifest(bytesOf(JSON.stringify(document)), contentType);
}

const without = (document: Readonly<Record<string, unknown>>, key: string) =>
  Object.fromEntries(Object.entries(document).filter(([name]) => name !== key));

describe('a manifest', () => {
  it('is read as an image with its config and layers', () => {
    const subject = { ...child, annotations: { why: 'signed' } };
    expect(parse({ ...image, subject, artifactType: 'a/b', annotations: { k: 'v' } }, mediaTypes.ociManifest)).toEqual({
      kind: 'image',
      mediaType: mediaTypes.ociManifest,
      config,
      layers: [layer],
      subject,
      artifactType: 'a/b',
      annotations: { k: 'v' },
    });
  });

  it('is read as an index with the platforms of its manifests', () => {
    const platform = { os: 'windows', architecture: 'amd64', 'os.version': '10.0', 'os.features': ['win32k'] };
    const arm = { os: 'linux', architecture: 'arm', variant: 'v7' };
    const manifests = [
      { ...child, platform },
      { ...child, digest: otherDigest, platform: arm },
    ];
    expect(parse({ ...index, manifests })).toEqual({ kind: 'index', mediaType: mediaTypes.ociIndex, manifests });
  });

  it('of Docker is read like one of OCI', () => {
    expect(parse({ ...image, mediaType: mediaTypes.dockerManifest }).kind).toBe('image');
    expect(parse({ ...index, mediaType: mediaTypes.dockerManifestList }).kind).toBe('index');
  });

  it('that does not say its type has the type it was served as, else the one of its shape', () => {
    expect(parse(without(image, 'mediaType'), mediaTypes.dockerManifest).mediaType).toBe(mediaTypes.dockerManifest);
    expect(parse(without(image, 'mediaType')).mediaType).toBe(mediaTypes.ociManifest);
    expect(parse(without(index, 'mediaType')).mediaType).toBe(mediaTypes.ociIndex);
  });

  it('may say null for what is empty, as Go programs do', () => {
    const nulls = { subject: null, artifactType: null, annotations: null, manifests: null };
    const bare = { ...layer, urls: null, platform: null, annotations: null };
    expect(parse({ ...image, ...nulls, layers: [bare] })).toEqual(parse(image));
    expect(successors(parse({ ...index, manifests: null, layers: null }))).toEqual([]);
    expect(successors(parse({ ...image, layers: null }))).toEqual([config]);
  });

  it('may be served with parameters and in upper case', () => {
    expect(parse(image, 'Application/vnd.oci.image.manifest.v1+json; charset=utf-8').kind).toBe('image');
  });

  it('points at its config and layers, or at its manifests, and never at its subject', () => {
    expect(successors(parse({ ...image, subject: child }))).toEqual([config, layer]);
    expect(successors(parse({ ...index, subject: child }))).toEqual([child]);
  });

  it('keeps what an image lists as blobs, whatever its type, and sorts what an index lists by type', () => {
    const odd = parse({ ...image, layers: [{ ...layer, mediaType: mediaTypes.ociManifest }] });
    expect(manifestSuccessors(odd)).toEqual([]);
    expect(blobSuccessors(odd)).toEqual(successors(odd));
    const cache = parse({ ...index, manifests: [child, layer] });
    expect(manifestSuccessors(cache)).toEqual([child]);
    expect(blobSuccessors(cache)).toEqual([layer]);
  });

  it('of exactly the greatest size is read, and one byte more is refused', async () => {
    const padded = (size: number) => bytesOf(JSON.stringify(image).padEnd(size));
    expect(parseManifest(padded(manifestSizeBytesMax)).kind).toBe('image');
    expect(await codeOf(() => parseManifest(padded(manifestSizeBytesMax + 1)))).toBe('MANIFEST_TOO_LARGE');
  });
});

const refused: Record<string, { document: unknown; contentType?: string }> = {
  'has layers and manifests (CVE-2021-41190)': { document: { ...image, manifests: [child] } },
  'is an index with a config': { document: { ...index, config } },
  'is an index with layers': { document: { ...index, layers: [layer] } },
  'does not say its type and has both shapes': { document: without({ ...image, manifests: [child] }, 'mediaType') },
  'is served as another type than it says': { document: image, contentType: mediaTypes.dockerManifest },
  'is an image served as an index': { document: without(image, 'mediaType'), contentType: mediaTypes.ociIndex },
  'is served as no manifest': { document: image, contentType: 'text/html' },
  'says a type that is no manifest': { document: { ...image, mediaType: mediaTypes.ociConfig } },
  'has no schema version': { document: without(image, 'schemaVersion') },
  'has no config': { document: without(image, 'config') },
  'has no layers': { document: without(image, 'layers') },
  'has no manifests': { document: without(index, 'manifests') },
  'is a list': { document: [image] },
  'is nothing': { document: null },
  'has layers that are no list': { document: { ...image, layers: { 0: layer } } },
  'has a layer without a digest': { document: { ...image, layers: [without(layer, 'digest')] } },
  'has a layer with an unknown digest': { document: { ...image, layers: [{ ...layer, digest: 'md5:00' }] } },
  'has a layer without a type': { document: { ...image, layers: [without(layer, 'mediaType')] } },
  'has a layer whose type breaks a header': {
    document: { ...image, layers: [{ ...layer, mediaType: 'a/b\r\nx: y' }] },
  },
  'has a layer of negative size': { document: { ...image, layers: [{ ...layer, size: -1 }] } },
  'has a layer of a broken size': { document: { ...image, layers: [{ ...layer, size: 1.5 }] } },
  'has a layer of a size beyond counting': { document: { ...image, layers: [{ ...layer, size: 2 ** 53 }] } },
  'has a layer whose size is a text': { document: { ...image, layers: [{ ...layer, size: '3' }] } },
  'has an annotation that is no text': { document: { ...image, annotations: { a: 1 } } },
  'has annotations that are a list': { document: { ...image, annotations: ['a'] } },
  'has a subject that is no descriptor': { document: { ...image, subject: digest } },
  'has a platform without an architecture': {
    document: { ...index, manifests: [{ ...child, platform: { os: 'linux' } }] },
  },
  'has URLs that are no list': { document: { ...image, layers: [{ ...layer, urls: 'https://x.example' }] } },
};

describe('a manifest is refused when it', () => {
  it.each(Object.entries(refused))('%s', async (_, { document, contentType }) => {
    expect(await codeOf(() => parse(document, contentType))).toBe('MANIFEST_INVALID');
  });

  it.each([
    ['is of schema 1', { schemaVersion: 1, name: 'app', tag: '1', fsLayers: [] }, undefined],
    ['is served as schema 1', without(image, 'mediaType'), mediaTypes.dockerSchema1Signed],
    [
      'lists a manifest of schema 1',
      { ...index, manifests: [{ ...child, mediaType: mediaTypes.dockerSchema1 }] },
      undefined,
    ],
  ])('%s, with a code of its own', async (_, document, contentType) => {
    expect(await codeOf(() => parse(document, contentType))).toBe('MANIFEST_OUTDATED');
  });

  it.each([
    ['is not JSON', '<html></html>'],
    ['has a key twice', `${JSON.stringify(image).slice(0, -1)},"layers":[]}`],
    ['is nested without end', '['.repeat(100_000)],
    ['begins with a byte order mark', `\ufeff${JSON.stringify(image)}`],
  ])('%s', async (_, text) => {
    expect(await codeOf(() => parseManifest(bytesOf(text)))).toBe('MANIFEST_INVALID');
  });

  it('is not UTF-8', async () => {
    const bytes = bytesOf(JSON.stringify({ ...image, annotations: { a: 'x' } })).map((byte) =>
      byte === 120 ? 0xff : byte,
    );
    expect(await codeOf(() => parseManifest(bytes))).toBe('MANIFEST_INVALID');
  });

  it('is any JSON but a manifest, and never fails in another way', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        expect(await codeOf(() => parseManifest(bytesOf(text)))).toBe('MANIFEST_INVALID');
      }),
    );
  });

  it('had any of its values replaced by something arbitrary, or is read: nothing else happens', async () => {
    const place = fc.constantFrom(
      'schemaVersion',
      'mediaType',
      'config',
      'layers',
      'manifests',
      'subject',
      'annotations',
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(image, index), place, fc.jsonValue(), async (document, key, value) => {
        const code = await codeOf(() => parse({ ...document, [key]: value }));
        expect(['none', 'MANIFEST_INVALID', 'MANIFEST_OUTDATED']).toContain(code);
      }),
    );
  });
});
