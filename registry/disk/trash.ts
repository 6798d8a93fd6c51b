/**
 * Content that was thrown away and is not yet gone: `trash/<running time>/<digest>`, one directory for each collection.
 * Throwing away is a rename, and so is bringing back.
 */
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Digest, digestAlgorithm, digestHex, isDigest } from '../../oci/spec/digest.ts';
import type { DataDirectory } from './data-directory.ts';
import type { DiskLayout } from './disk-layout.ts';
import {
  directoriesIn,
  fileSizeBytes,
  isAbsence,
  isErrno,
  moveDurably,
  namesIn,
  removeDurably,
  syncDirectory,
} from './durable-file.ts';

export interface Trash {
  /** Moves the content there; false when there was none. */
  put(digest: Digest, atMs: number): Promise<boolean>;
  list(): AsyncIterable<Thrown>;
  /** Moves it back to where content lies; false when it is not in the trash. Content that lies there stays as it is. */
  restore(digest: Digest): Promise<boolean>;
  /** Removes it for good; false when it is not there any more. */
  remove(thrown: Pick<Thrown, 'digest' | 'atMs'>): Promise<boolean>;
}

export interface Thrown {
  readonly digest: Digest;
  readonly sizeBytes: number;
  /** The registry's running time at that moment, in milliseconds. */
  readonly atMs: number;
}

/** The trash of a data directory. `own` is awaited before a read brings something back from it. */
export function openTrash(layout: Pick<DiskLayout, 'trash' | 'contentOf'>, own: DataDirectory['own']): Trash {
  const pathOf = ({ digest, atMs }: Pick<Thrown, 'digest' | 'atMs'>) =>
    join(layout.trash, String(atMs), `${digestAlgorithm(digest)}-${digestHex(digest)}`);

  async function times(): Promise<readonly number[]> {
    return (await directoriesIn(layout.trash)).filter((name) => /^\d{1,15}$/.test(name)).map(Number);
  }

  return {
    async put(digest, atMs) {
      const from = layout.contentOf(digest);
      const to = pathOf({ digest, atMs });
      const made = await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      if (made !== undefined) await syncDirectory(layout.trash);
      return moveDurably(from, to);
    },
    async *list() {
      for (const atMs of (await times()).toSorted((one, other) => one - other)) {
        for (const name of await namesIn(join(layout.trash, String(atMs)))) {
          const digest = name.replace('-', ':');
          if (!isDigest(digest)) continue;
          const sizeBytes = await fileSizeBytes(pathOf({ digest, atMs }));
          if (sizeBytes !== undefined) yield { digest, sizeBytes, atMs };
        }
      }
    },
    async restore(digest) {
      if ((await fileSizeBytes(layout.contentOf(digest))) !== undefined) return false;
      for (const atMs of await times()) {
        if ((await fileSizeBytes(pathOf({ digest, atMs }))) === undefined) continue;
        await own();
        if (await moveDurably(pathOf({ digest, atMs }), layout.contentOf(digest))) return true;
      }
      return false;
    },
    async remove(thrown) {
      const path = pathOf(thrown);
      const removed = await removeDurably(path);
      await removeIfEmpty(dirname(path));
      return removed;
    },
  };
}

async function removeIfEmpty(directory: string): Promise<void> {
  try {
    await rmdir(directory);
  } catch (error) {
    if (!isErrno(error, 'ENOTEMPTY') && !isErrno(error, 'EEXIST') && !isAbsence(error)) throw error;
  }
}
