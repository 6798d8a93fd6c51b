/** Content for tests: blobs, image manifests and indexes with right digests, built from little. */
import { streamOf } from '../../oci/byte-stream.ts';
import type { Target } from '../../oci/copy/target.ts';
import { digestOf } from '../../oci/hash.ts';
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { DigestAlgorithm } from '../../oci/spec/digest.ts';
import { isManifestType, mediaTypes } from '../../oci/spec/media-type.ts';

/** Bytes, and the descriptor that points at them. */
export interface Content {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** The bytes of the text, in UTF-8. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The content of that type. */
export function contentOf(mediaType: string, bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Content {
  return { descriptor: { mediaType, digest: digestOf(bytes, algorithm), size: bytes.length }, bytes };
}

/** A layer holding the text. */
export function layerOf(text: string): Content {
  return contentOf(mediaTypes.ociLayer, bytesOf(text));
}

/** The document as a manifest of that type. */
export function manifestOf(mediaType: string, fields: Readonly<Record<string, unknown>>): Content {
  return contentOf(mediaType, bytesOf(JSON.stringify({ schemaVersion: 2, mediaType, ...fields })));
}

/** An image of a config that holds the text, and layers. */
export function imageOf(configText: string, layers: readonly Descriptor[]): { manifest: Content; config: Content } {
  const config = contentOf(mediaTypes.ociConfig, bytesOf(configText));
  return { manifest: manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers }), config };
}

/** An index of the children. */
export function indexOf(children: readonly Descriptor[]): Content {
  return manifestOf(mediaTypes.ociIndex, { manifests: children });
}

/** Pushes the contents in order: manifests as manifests, everything else as blobs. */
export async function pushAll(target: Target, contents: readonly Content[]): Promise<void> {
  for (const content of contents) {
    if (isManifestType(content.descriptor.mediaType)) await target.pushManifest(content);
    else await target.pushBlob(content.descriptor, async () => streamOf(content.bytes));
  }
}

/** All bytes of the stream. */
export async function readAll(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return new Uint8Array(Buffer.concat(chunks));
}
