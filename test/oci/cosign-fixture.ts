/** What cosign 2 and cosign 3 wrote for two images, byte for byte; see test/fixtures/cosign/README.md. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Target } from '../../oci/copy/target.ts';
import { type Digest, parseDigest } from '../../oci/spec/digest.ts';
import { parseManifest, successors } from '../../oci/spec/manifest.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { parseTag, type Tag } from '../../oci/spec/tag.ts';
import { bytesOf, type Content, contentOf, pushAll } from './content.ts';

const folder = join(import.meta.dirname, '..', 'fixtures', 'cosign');
const emptyConfig = contentOf(mediaTypes.ociEmpty, bytesOf('{}'));

/** The images: of the second, only the digest is there. */
export const appDigest: Digest = parseDigest(textOf('app-image-digest.txt'));
export const vulnDigest: Digest = parseDigest(textOf('vuln-image-digest.txt'));
export const appManifest: Content = contentOf(mediaTypes.ociManifest, bytesIn('app-image-manifest.json'));

/** A manifest with the blobs it names. */
export interface Artifact {
  readonly manifest: Content;
  readonly blobs: readonly Content[];
}

/** A cosign 2 signature of the app and attestation of the other, each with its tag. */
export const signature = { ...artifactOf('cosign2-tag/sig', 'config', 'payload'), tag: tagOf(appDigest, 'sig') };
export const attestation = { ...artifactOf('cosign2-tag/att', 'config', 'dsse'), tag: tagOf(vulnDigest, 'att') };

/** Cosign 3 bundles: a signature of the app, two attestations of the other. */
export const bundle: Artifact = bundleOf('bundle-manifest.json', 'bundle.json');
export const vulnBundles: readonly Artifact[] = [
  bundleOf('vuln-1-manifest.json', 'vuln-1-bundle.json'),
  bundleOf('vuln-2-manifest.json', 'vuln-2-bundle.json'),
];

/** The lists that cosign 3 wrote under the fallback tags of the two. */
export const fallbackIndex: Content = contentOf(mediaTypes.ociIndex, bytesIn('cosign3-bundle/fallback-index.json'));
export const vulnFallbackIndex: Content = contentOf(
  mediaTypes.ociIndex,
  bytesIn('cosign3-bundle/vuln-fallback-index.json'),
);

/** Stores the artifact, under no tag. */
export async function pushArtifact(target: Target, { manifest, blobs }: Artifact): Promise<void> {
  await pushAll(target, [...blobs, manifest]);
}

/** Stores the artifact under its tag. */
export async function pushTagged(
  target: Target,
  { manifest, blobs, tag }: Artifact & { readonly tag: Tag },
): Promise<void> {
  await pushAll(target, blobs);
  await target.pushTag(tag, manifest);
}

function artifactOf(path: string, ...blobs: readonly string[]): Artifact {
  return artifact(
    bytesIn(`${path}-manifest.json`),
    blobs.map((blob) => bytesIn(`${path}-${blob}.json`)),
  );
}

function bundleOf(manifest: string, layer: string): Artifact {
  return artifact(bytesIn(`cosign3-bundle/${manifest}`), [emptyConfig.bytes, bytesIn(`cosign3-bundle/${layer}`)]);
}

/** Fails when a blob is not the one that the manifest names in its place. */
function artifact(manifest: Uint8Array, blobs: readonly Uint8Array[]): Artifact {
  const named = successors(parseManifest(manifest));
  const contents = blobs.map((bytes, at) => contentOf(named[at]?.mediaType ?? '', bytes));
  if (named.some(({ digest }, at) => contents[at]?.descriptor.digest !== digest)) throw new Error('a blob is missing');
  return { manifest: contentOf(mediaTypes.ociManifest, manifest), blobs: contents };
}

function tagOf(digest: Digest, suffix: string): Tag {
  return parseTag(`${digest.replace(':', '-')}.${suffix}`);
}

function bytesIn(path: string): Uint8Array {
  return new Uint8Array(readFileSync(join(folder, path)));
}

function textOf(path: string): string {
  return readFileSync(join(folder, path), 'utf8').trim();
}
