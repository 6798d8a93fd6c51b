/**
 * A copy of a file that never changes: a hard link where that is possible, else the bytes, hashed on their way.
 *
 * Linking costs nothing and is right because registries replace content and never write into it; it does not protect
 * against a bad disk, which is what `copy` is for.
 */
import { type FileHandle, link, open, rename, rm } from 'node:fs/promises';
import { createHasher } from '../../oci/hash.ts';
import { type Digest, digestAlgorithm } from '../../oci/spec/digest.ts';
import { isErrno } from '../disk/durable-file.ts';
import { chunksOf } from './chunks-of.ts';

export interface PlaceFileInit {
  readonly source: string;
  readonly digest: Digest;
  /** Its directory exists. */
  readonly target: string;
  /** In the same file system as the target. */
  readonly temporary: string;
  /** Makes a copy even where a link would do. */
  readonly copy: boolean;
  readonly signal: AbortSignal;
}

export type PlacedFile = 'linked' | 'copied' | 'damaged';

/** What keeps a link from being made, and a copy not: another file system, one without links, somebody else's file. */
const unlinkableCodes = ['EXDEV', 'EPERM', 'EACCES', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'];

/**
 * Puts the source's bytes under the target, whole and flushed; `damaged` when they are not those of the digest, and then
 * nothing is there. The caller flushes the directory.
 */
export async function placeFile(init: PlaceFileInit): Promise<PlacedFile> {
  try {
    const linked = !init.copy && (await isLinked(init));
    const right = linked ? await hasDigest(init.temporary, init.digest, init.signal) : await copyHashed(init);
    if (!right) return 'damaged';
    await rename(init.temporary, init.target);
    return linked ? 'linked' : 'copied';
  } finally {
    await rm(init.temporary, { force: true });
  }
}

/** Whether the file's bytes are those of the digest; what the disk cannot read is not. */
export async function hasDigest(path: string, digest: Digest, signal?: AbortSignal): Promise<boolean> {
  const hasher = createHasher(digestAlgorithm(digest));
  try {
    for await (const chunk of chunksOf(path, signal)) hasher.update(chunk);
  } catch (error) {
    if (isUnreadable(error)) return false;
    throw error;
  }
  return hasher.digest() === digest;
}

/** A bad sector of the file that is read; one of the disk that is written to is no fault of the file. */
function isUnreadable(error: unknown): boolean {
  return isErrno(error, 'EIO') && 'syscall' in error && error.syscall === 'read';
}

async function isLinked({ source, temporary }: PlaceFileInit): Promise<boolean> {
  try {
    await link(source, temporary);
    return true;
  } catch (error) {
    if (unlinkableCodes.some((code) => isErrno(error, code))) return false;
    throw error;
  }
}

async function copyHashed({ source, digest, temporary, signal }: PlaceFileInit): Promise<boolean> {
  const target = await open(temporary, 'wx', 0o600);
  try {
    const hasher = createHasher(digestAlgorithm(digest));
    for await (const chunk of chunksOf(source, signal)) {
      hasher.update(chunk);
      await writeAll(target, chunk);
    }
    if (hasher.digest() !== digest) return false;
    await target.datasync();
    return true;
  } catch (error) {
    if (isUnreadable(error)) return false;
    throw error;
  } finally {
    await target.close();
  }
}

async function writeAll(target: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    written += (await target.write(bytes, written, bytes.length - written)).bytesWritten;
  }
}
