import { describe, expect, it } from 'vitest';
import { selectPlatforms } from '../../../../oci/copy/platforms/select-platforms.ts';
import { digestOf } from '../../../../oci/hash.ts';
import { parseManifest } from '../../../../oci/spec/manifest.ts';
import { mediaTypes } from '../../../../oci/spec/media-type.ts';
import { parsePlatformText } from '../../../../oci/spec/platform.ts';
import { codeOf } from '../../code-of.ts';
import { bytesOf, contentOf, imageOf, indexOf } from '../../content.ts';

const amd64 = childFor('linux/amd64');
const arm64 = childFor('linux/arm64/v8');
const armv7 = childFor('linux/arm/v7');
const windowsOld = childFor('windows/amd64:10.0.17763.5329');
const windowsNew = childFor('windows/amd64:10.0.20348.2227');
const ofAmd64 = attestationOf(amd64);
const ofArm64 = attestationOf(arm64);
const index = indexOf([amd64, ofAmd64, arm64, ofArm64, armv7, windowsOld, windowsNew]);

function childFor(text: string) {
  const { descriptor } = imageOf(JSON.stringify({ text }), []).manifest;
  return { ...descriptor, platform: parsePlatformText(text) };
}

function attestationOf({ digest }: { readonly digest: string }) {
  const { descriptor } = imageOf(JSON.stringify({ describes: digest }), []).manifest;
  return {
    ...descriptor,
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': digest },
  };
}

function select(...platforms: readonly string[]) {
  return selectPlatforms(index, platforms.map(parsePlatformText), 'registry.example/app');
}

function keptBy(selection: ReturnType<typeof selectPlatforms>) {
  const manifest = parseManifest(selection.bytes ?? index.bytes);
  return manifest.kind === 'index' ? manifest.manifests : [];
}

describe('an index reduced to', () => {
  it('several platforms keeps those and their attestations, in order', () => {
    const selection = select('linux/arm64', 'linux/amd64');
    expect(keptBy(selection)).toEqual([amd64, ofAmd64, arm64, ofArm64]);
    expect(selection.root).toEqual({
      mediaType: mediaTypes.ociIndex,
      digest: digestOf(selection.bytes ?? new Uint8Array()),
      size: selection.bytes?.length,
    });
  });

  it('one platform is the manifest for it, under the digest it had', () => {
    const { platform: _, ...plain } = armv7;
    expect(select('linux/arm')).toEqual({ root: plain, bytes: undefined, attestationsLeftOut: 0 });
    expect(select('linux/amd64')).toMatchObject({ root: { digest: amd64.digest }, attestationsLeftOut: 1 });
  });

  it('one platform for which there are several manifests is an index of those', () => {
    expect(keptBy(select('windows/amd64'))).toEqual([windowsOld, windowsNew]);
    expect(select('windows/amd64:10.0.20348').root.digest).toBe(windowsNew.digest);
  });

  it('all its platforms is itself', () => {
    const selection = select('linux/amd64', 'linux/arm64', 'linux/arm/v7', 'windows/amd64');
    expect(selection).toEqual({ root: index.descriptor, bytes: undefined, attestationsLeftOut: 0 });
  });

  it('the same platforms, however they are written and ordered, has the same digest', () => {
    expect(select('linux/aarch64', 'linux/armhf').root).toEqual(select('linux/arm/v7', 'linux/arm64/v8').root);
  });

  it('a platform that is not there is refused with all that are', async () => {
    expect(await codeOf(async () => select('linux/amd64', 'linux/s390x'))).toBe('PLATFORM_UNKNOWN');
    expect(() => select('linux/s390x')).toThrow(
      'no image for linux/s390x: registry.example/app: there is linux/amd64, linux/arm64/v8, linux/arm/v7, ' +
        'windows/amd64:10.0.17763.5329, windows/amd64:10.0.20348.2227',
    );
  });

  it('some platforms has the digest algorithm it had', () => {
    const sha512 = contentOf(mediaTypes.ociIndex, index.bytes, 'sha512');
    const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatformText);
    expect(selectPlatforms(sha512, platforms, 'app').root.digest).toMatch(/^sha512:/);
  });
});

describe('an index that is reduced keeps', () => {
  const entries = [amd64, arm64, armv7].map((child) => JSON.stringify(child));

  it('every other part to the byte: unknown fields, long numbers, escapes, blanks', () => {
    const text = (manifests: readonly string[]) =>
      `{\n  "x-first": {"manifests": [1, 2]},\n  "schemaVersion": 2,\n  "mediaType": "${mediaTypes.ociIndex}",\n` +
      `  "manifests": [\n    ${manifests.join(',\n    ')}\n  ],\n` +
      '  "annotations": {"10": "\\u0041\\"]", "9": "b"},\n  "x-number": 12345678901234567890.10\n}\n';
    const written = contentOf(mediaTypes.ociIndex, bytesOf(text(entries)));
    for (const [names, kept] of [
      [
        ['linux/amd64', 'linux/arm64'],
        [0, 1],
      ],
      [
        ['linux/amd64', 'linux/arm'],
        [0, 2],
      ],
      [
        ['linux/arm64', 'linux/arm'],
        [1, 2],
      ],
    ] as const) {
      const { bytes } = selectPlatforms(written, names.map(parsePlatformText), 'app');
      expect(new TextDecoder().decode(bytes)).toBe(text(kept.map((at) => entries[at] ?? '')));
    }
  });

  it('unknown fields of the manifests it keeps', () => {
    const marked = `{"x-note":[{"manifests":["]"]}],${entries[1]?.slice(1)}`;
    const text = `{"schemaVersion":2,"mani\\u0066ests":[${entries[0]},${marked},${entries[2]}]}`;
    const written = contentOf(mediaTypes.ociIndex, bytesOf(text));
    const platforms = ['linux/amd64', 'linux/arm64'].map(parsePlatformText);
    const { bytes } = selectPlatforms(written, platforms, 'app');
    expect(new TextDecoder().decode(bytes)).toBe(`{"schemaVersion":2,"mani\\u0066ests":[${entries[0]},${marked}]}`);
  });
});
