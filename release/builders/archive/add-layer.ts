/** One layer of an archive on its way into a layout: compressed, and compared with what its configuration says of it. */
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { IntegrityError } from '../../../errors/errors.ts';
import { abortable } from '../../../oci/byte-stream.ts';
import type { ByteStream } from '../../../oci/copy/target.ts';
import { createHasher } from '../../../oci/hash.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { type Digest, digestAlgorithm } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { gzipped } from '../image/gzipped.ts';
import type { LayoutWriter } from '../image/layout-writer.ts';
import { transformed } from '../image/transformed.ts';
import { type Compression, compressionOf } from './compression.ts';
import { openEntry, type TarFile } from './tar-files.ts';
import type { TarEntry } from './tar-index.ts';

export interface LayerOptions {
  readonly writer: LayoutWriter;
  /** Digest of the layer without compression. */
  readonly diffId: Digest;
  readonly signal: AbortSignal;
}

/**
 * The layer in the layout. One that is compressed in the archive stays as it is.
 * @throws IntegrityError DIGEST_MISMATCH when its unpacked content has another digest.
 */
export async function addLayer(tar: TarFile, entry: TarEntry, options: LayerOptions): Promise<Descriptor> {
  const { writer, diffId, signal } = options;
  const open = () => abortable(openEntry(tar, entry), signal);
  const compression = compressionOf(await readBeginning(tar, entry));
  const hasher = createHasher(digestAlgorithm(diffId));
  const layer =
    compression === 'none'
      ? await writer.addBlob(mediaTypes.ociLayerGzip, gzipped(hashed(open(), hasher)))
      : await writer.addBlob(typeOf(compression), open());
  if (compression !== 'none') for await (const chunk of decompressed(open(), compression)) hasher.update(chunk);
  const found = hasher.digest();
  if (found === diffId) return layer;
  const message = `layer is not what its configuration says: ${tar.path}: found ${found}, not ${diffId}`;
  throw new IntegrityError({ code: 'DIGEST_MISMATCH', message });
}

async function readBeginning(tar: TarFile, { offset, sizeBytes }: TarEntry): Promise<Uint8Array> {
  for await (const chunk of openEntry(tar, { offset, sizeBytes: Math.min(sizeBytes, 4) })) return Buffer.from(chunk);
  return new Uint8Array();
}

async function* hashed(content: ByteStream, hasher: { update(bytes: Uint8Array): void }): ByteStream {
  for await (const chunk of content) {
    hasher.update(chunk);
    yield chunk;
  }
}

function typeOf(compression: Exclude<Compression, 'none'>): string {
  return compression === 'gzip' ? mediaTypes.ociLayerGzip : mediaTypes.ociLayerZstd;
}

function decompressed(content: ByteStream, compression: Exclude<Compression, 'none'>): ByteStream {
  return transformed(content, compression === 'gzip' ? createGunzip() : createZstdDecompress());
}
