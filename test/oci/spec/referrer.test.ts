import { describe, expect, it } from 'vitest';
import { parseDigest } from '../../../oci/spec/digest.ts';
import { type Manifest, parseManifest } from '../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { cosignTags, referrerDescriptor, referrersTag } from '../../../oci/spec/referrer.ts';

const sha256 = parseDigest(`sha256:${'a'.repeat(64)}`);
const sha512 = parseDigest(`sha512:${'b'.repeat(64)}${'c'.repeat(64)}`);
const own = { mediaType: mediaTypes.ociManifest, digest: sha256, size: 401 };

describe('the tag of a list of referrers', () => {
  it('is the digest with a dash', () => expect(referrersTag(sha256)).toBe(`sha256-${'a'.repeat(64)}`));

  it('has the first 64 digits of a longer one', () => expect(referrersTag(sha512)).toBe(`sha512-${'b'.repeat(64)}`));
});

describe('the tags of cosign', () => {
  it('are three for a sha256', () => {
    expect(cosignTags(sha256)).toEqual(['sig', 'att', 'sbom'].map((suffix) => `sha256-${'a'.repeat(64)}.${suffix}`));
  });

  it('are none for a sha512, which would be too long', () => expect(cosignTags(sha512)).toEqual([]));
});

describe('the entry of a referrer', () => {
  const config = { mediaType: 'application/vnd.example.config', digest: sha256, size: 2 };
  const parse = (fields: object): Manifest =>
    parseManifest(new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, ...fields })));
  const image = { mediaType: mediaTypes.ociManifest, config, layers: [] };
  const index = { mediaType: mediaTypes.ociIndex, manifests: [] };

  it.each([
    ['the artifact type', parse({ ...image, artifactType: 'a/b' }), { artifactType: 'a/b' }],
    ["an image's config type when it has no other", parse(image), { artifactType: config.mediaType }],
    [
      "an image's config type when the other is empty",
      parse({ ...image, artifactType: '' }),
      { artifactType: config.mediaType },
    ],
    ['no type for an index that has none', parse(index), {}],
    ["an index's type", parse({ ...index, artifactType: 'a/b' }), { artifactType: 'a/b' }],
    ['all annotations', parse({ ...index, annotations: { x: '1', y: '' } }), { annotations: { x: '1', y: '' } }],
  ])('has %s', (_, manifest, expected) => {
    expect(referrerDescriptor(manifest, { ...own, urls: ['https://elsewhere.example'] })).toEqual({
      ...own,
      ...expected,
    });
  });
});
