/** Labels on an image whose digest nobody knows yet. */
import { readWhole } from '../../../oci/byte-stream.ts';
import { digestOf } from '../../../oci/hash.ts';
import { parseObject } from '../../../oci/spec/json-value.ts';
import { manifestSizeBytesMax, parseManifest } from '../../../oci/spec/manifest.ts';
import type { NamedValue } from '../builder.ts';
import type { FoundImage } from './find-root.ts';
import { madeManifest, madeSource } from './made-source.ts';

/**
 * The image with the labels in its configuration, beside those it has and instead of those of the same name.
 * Spec: image-spec v1.1.1, "OCI Image Configuration".
 * @returns undefined for an index, and for a configuration that is too large to be one.
 */
export async function labelImage(
  { source, root }: FoundImage,
  labels: readonly NamedValue[],
  signal: AbortSignal,
): Promise<FoundImage | undefined> {
  const { bytes } = await source.fetchManifest(root.digest, signal);
  const manifest = parseManifest(bytes, root.mediaType);
  if (manifest.kind !== 'image' || manifest.config.size > manifestSizeBytesMax) return undefined;
  const written = labelled(await readWhole(await source.fetchBlob(manifest.config, signal)), labels);
  const config = { mediaType: manifest.config.mediaType, digest: digestOf(written), size: written.length };
  const made = madeManifest(root.mediaType, Buffer.from(JSON.stringify({ ...parseJson(bytes), config })));
  const blobs = new Map([[config.digest, written]]);
  const changes = { made: [made], blobs, root: made.descriptor.digest };
  return { source: madeSource(source, changes), root: made.descriptor };
}

function labelled(configuration: Uint8Array, labels: readonly NamedValue[]): Buffer {
  const image = parseJson(configuration);
  const config = parseObject(image['config'] ?? {}, 'config');
  const kept = parseObject(config['Labels'] ?? {}, 'Labels');
  const all = { ...kept, ...Object.fromEntries(labels.map(({ name, value }) => [name, value])) };
  return Buffer.from(JSON.stringify({ ...image, config: { ...config, Labels: all } }));
}

function parseJson(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return parseObject(JSON.parse(new TextDecoder().decode(bytes)), 'document');
}
