/** Opening an archive of an image, in any of the forms that container tools write. */
import { createReadStream, createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { InputError, NotFoundError } from '../../../errors/errors.ts';
import type { Descriptor } from '../../../oci/spec/descriptor.ts';
import { parseManifest } from '../../../oci/spec/manifest.ts';
import { type FoundImage, findRoot } from '../image/find-root.ts';
import { compressionOf } from './compression.ts';
import { readDockerArchive } from './read-docker-archive.ts';
import { tarFiles } from './tar-files.ts';
import { indexTar } from './tar-index.ts';

export interface ArchiveOptions {
  /** Which image is meant, where the archive has several; as a tag or a whole reference. */
  readonly tag: string | undefined;
  /** Directory that does not exist: what has to be written goes below it. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

export interface ArchivedImage extends FoundImage {
  /** The manifest was made here: nobody knows the digest yet. */
  readonly isMade: boolean;
}

/**
 * The image in the archive.
 *
 * - An OCI layout in a tar file is read where it is, and keeps its digests.
 * - What `docker save` writes becomes an image whose layers are compressed here, under the configuration it has there.
 *   Newer versions also write a layout into it: that is taken when it is whole and its layers are compressed.
 *
 * Compressed archives are unpacked first.
 *
 * @throws InputError ARCHIVE_INVALID, BUILD_INPUT_INVALID when the archive has several images and none is named;
 * NotFoundError MANIFEST_UNKNOWN; IntegrityError DIGEST_MISMATCH when a layer is not what its configuration says.
 */
export async function openImageArchive(path: string, options: ArchiveOptions): Promise<ArchivedImage> {
  const { tag, directory, signal } = options;
  const unpacked = await unpack(path, `${directory}-unpacked.tar`, signal);
  const tar = { path: unpacked, index: await indexTar(unpacked, signal) };
  const isSaved = tar.index.has('manifest.json');
  if (tar.index.has('index.json') && tar.index.has('oci-layout')) {
    if (!isSaved) return { ...(await findRoot(tarFiles(tar), tag, signal)), isMade: false };
    const found = await findRoot(tarFiles(tar), tag, signal).catch(ignoreAbsent);
    if (found !== undefined && (await isWhole(found, found.root, signal))) return { ...found, isMade: false };
  }
  if (isSaved) return { ...(await readDockerArchive(tar, options)), isMade: true };
  const why = 'it has neither manifest.json nor index.json';
  throw new InputError({ code: 'ARCHIVE_INVALID', message: `not an archive of an image: ${path}: ${why}` });
}

/** The path of the archive without compression. */
async function unpack(path: string, target: string, signal: AbortSignal): Promise<string> {
  const compression = compressionOf(await readBeginning(path));
  if (compression === 'none') return path;
  const decompressor = compression === 'gzip' ? createGunzip() : createZstdDecompress();
  await pipeline(createReadStream(path), decompressor, createWriteStream(target, { flags: 'wx' }), { signal });
  return target;
}

async function readBeginning(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r').catch((cause: unknown) => {
    throw new InputError({ code: 'ARCHIVE_INVALID', message: `no archive that can be read: ${path}`, cause });
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A daemon lists images of which it has a part only; what it saved by its own list is whole. */
function ignoreAbsent(error: unknown): undefined {
  if (error instanceof NotFoundError) return undefined;
  throw error;
}

/** Whether everything is there, with layers as registries want them. */
async function isWhole(found: FoundImage, at: Descriptor, signal: AbortSignal): Promise<boolean> {
  const { source } = found;
  if ((await source.resolve(at.digest, signal)) === undefined) return false;
  const { bytes, descriptor } = await source.fetchManifest(at.digest, signal);
  const manifest = parseManifest(bytes, descriptor.mediaType);
  if (manifest.kind === 'index') {
    for (const child of manifest.manifests) if (!(await isWhole(found, child, signal))) return false;
    return manifest.manifests.length > 0;
  }
  for (const blob of [manifest.config, ...manifest.layers]) if (!(await source.hasBlob(blob, signal))) return false;
  return manifest.layers.every(({ mediaType }) => !mediaType.endsWith('.tar'));
}
