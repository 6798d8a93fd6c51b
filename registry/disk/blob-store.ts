/** Blobs on disk: the bytes once for all repositories, and a link in each repository that may read them. */
import { constants, fstatSync } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { OpenBlob } from '../storage.ts';
import type { DiskLayout } from './disk-layout.ts';
import {
  type DurableDirectories,
  fileSizeBytes,
  isAbsence,
  isErrno,
  removeDurably,
  syncDirectory,
  writeMarkDurably,
} from './durable-file.ts';
import { readChunks } from './read-chunks.ts';
import { readThroughCache } from './read-through-cache.ts';
import { openSmallContent } from './small-content.ts';
import type { Trash } from './trash.ts';

export interface BlobStore {
  sizeBytes(repository: RepositoryName, digest: Digest): Promise<number | undefined>;
  open(repository: RepositoryName, digest: Digest): Promise<OpenBlob | undefined>;
  /** Moves a finished, flushed file to where the content of its digest lies, in the place of what may have gone bad there. */
  adopt(temporaryPath: string, digest: Digest): Promise<void>;
  /** Lets the repository read content that is there. */
  link(repository: RepositoryName, digest: Digest, sizeBytes: number): Promise<void>;
  unlink(repository: RepositoryName, digest: Digest): Promise<boolean>;
  /** Looks at the disk again for everything: content was moved away that many repositories may have. */
  forgetContent(): void;
}

/** Blobs whose size is remembered: a few tens of megabytes. */
const rememberedBlobsMax = 100_000;

/** The blobs below the layout's directories. */
export function openBlobStore(
  layout: DiskLayout,
  directories: DurableDirectories,
  trash: Pick<Trash, 'restore'>,
  onEvent: OnRegistryEvent,
): BlobStore {
  const sizes = readThroughCache<number>({ weightMax: rememberedBlobsMax, weigh: () => 1 });
  const small = openSmallContent();

  async function readSize(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    const link = layout.blobLink(repository, digest);
    if ((await fileSizeBytes(link)) === undefined) return undefined;
    let sizeBytes = await fileSizeBytes(layout.contentOf(digest));
    if (sizeBytes === undefined && (await trash.restore(digest))) {
      sizeBytes = await fileSizeBytes(layout.contentOf(digest));
    }
    if (sizeBytes === undefined) onEvent({ kind: 'record-unreadable', path: link, why: 'the content is not there' });
    return sizeBytes;
  }

  function sizeBytes(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    return sizes.read(blobKey(repository, digest), () => readSize(repository, digest));
  }

  return {
    sizeBytes,
    async open(repository, digest) {
      const expectedBytes = await sizeBytes(repository, digest);
      if (expectedBytes === undefined) return undefined;
      const path = layout.contentOf(digest);
      const bytes = await small.read(digest, expectedBytes, () => readWhole(path, expectedBytes));
      if (bytes !== undefined) return openBytes(bytes);
      const blob = await openContent(path);
      if (blob?.sizeBytes === expectedBytes) return blob;
      await blob?.close();
      sizes.forget(blobKey(repository, digest));
      if (blob === undefined && (await fileSizeBytes(layout.blobLink(repository, digest))) === undefined)
        return undefined;
      onEvent({
        kind: 'record-unreadable',
        path,
        why: `of ${expectedBytes} bytes there are ${blob?.sizeBytes ?? 'none'}`,
      });
      return undefined;
    },
    async adopt(temporaryPath, digest) {
      const path = layout.contentOf(digest);
      await directories.ensure(dirname(path));
      await rename(temporaryPath, path);
      small.forget(digest);
      await syncDirectory(dirname(path));
    },
    async link(repository, digest, sizeBytes) {
      const link = layout.blobLink(repository, digest);
      await directories.ensure(dirname(link));
      await writeMarkDurably(link);
      sizes.remember(blobKey(repository, digest), sizeBytes);
    },
    async unlink(repository, digest) {
      try {
        return await removeDurably(layout.blobLink(repository, digest));
      } finally {
        sizes.forget(blobKey(repository, digest));
      }
    },
    forgetContent() {
      sizes.clear();
      small.clear();
    },
  };
}

function blobKey(repository: RepositoryName, digest: Digest): string {
  return `${repository}@${digest}`;
}

async function openContent(path: string): Promise<OpenBlob | undefined> {
  const handle = await openIfPresent(path);
  if (handle === undefined) return undefined;
  try {
    // Of a file that was opened just now the system knows it: asking another thread would take longer.
    const { size } = fstatSync(handle.fd);
    return {
      sizeBytes: size,
      chunks: (start, end) => readChunks(handle, start, end),
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

/** All of the content; undefined where it is not there or has another size. */
async function readWhole(path: string, sizeBytes: number): Promise<Uint8Array | undefined> {
  const blob = await openContent(path);
  if (blob?.sizeBytes !== sizeBytes) {
    await blob?.close();
    return undefined;
  }
  const bytes = Buffer.allocUnsafeSlow(sizeBytes);
  let readBytes = 0;
  for await (const chunk of blob.chunks(0, sizeBytes - 1)) {
    bytes.set(chunk, readBytes);
    readBytes += chunk.length;
  }
  return bytes.subarray(0, readBytes);
}

function openBytes(bytes: Uint8Array): OpenBlob {
  return {
    sizeBytes: bytes.length,
    async *chunks(start, end) {
      yield bytes.subarray(start, end + 1);
    },
    close: async () => {},
  };
}

/** A link in the place of content is no content: it would hand out any file of the machine. */
async function openIfPresent(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsence(error) || isErrno(error, 'ELOOP')) return undefined;
    throw error;
  }
}
