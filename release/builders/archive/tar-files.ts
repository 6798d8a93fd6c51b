/** The files of an image layout that lies in a tar file. */
import { createReadStream } from 'node:fs';
import { InputError } from '../../../errors/errors.ts';
import { readWhole } from '../../../oci/byte-stream.ts';
import type { ByteStream } from '../../../oci/copy/target.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../../oci/spec/digest.ts';
import { manifestSizeBytesMax } from '../../../oci/spec/manifest.ts';
import type { LayoutFiles } from '../../../oci/store/layout-source.ts';
import type { TarEntry, TarIndex } from './tar-index.ts';

/** The tar file at the path, whose index is this. */
export interface TarFile {
  readonly path: string;
  readonly index: TarIndex;
}

/** The layout in the tar file. */
export function tarFiles(tar: TarFile): LayoutFiles {
  const find = (digest: Digest) => tar.index.get(`blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`);
  return {
    name: tar.path,
    readIndex: () => readSmall(tar, 'index.json'),
    sizeOf: async (digest) => find(digest)?.sizeBytes,
    open: (digest) => openEntry(tar, find(digest) ?? { offset: 0, sizeBytes: 0 }),
  };
}

/** The entry's bytes. The file is opened when the iteration begins. */
export async function* openEntry({ path }: TarFile, { offset, sizeBytes }: TarEntry): ByteStream {
  if (sizeBytes === 0) return;
  yield* createReadStream(path, { start: offset, end: offset + sizeBytes - 1 });
}

/**
 * All bytes of a document in the tar file.
 * @throws InputError ARCHIVE_INVALID when it is not there, or too large to be one.
 */
export async function readSmall(tar: TarFile, name: string): Promise<Buffer> {
  const entry = tar.index.get(name);
  if (entry !== undefined && entry.sizeBytes <= manifestSizeBytesMax) return await readWhole(openEntry(tar, entry));
  const why = entry === undefined ? `it has no ${name}` : `its ${name} has ${entry.sizeBytes} bytes`;
  throw new InputError({ code: 'ARCHIVE_INVALID', message: `not an archive of an image: ${tar.path}: ${why}` });
}
