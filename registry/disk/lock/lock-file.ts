/** The lock file as it lies: put there whole, read with the moment of its last beat, replaced in one step. */
import { randomUUID } from 'node:crypto';
import { type FileHandle, link, open, rename, rm, writeFile } from 'node:fs/promises';
import { isAbsence, isErrno } from '../durable-file.ts';

/** A lock file at one moment: whoever sees the same twice saw no beat between. */
export interface SeenLock {
  readonly text: string;
  readonly beatAtNs: bigint;
}

/** Undefined when there is none. */
export async function readLockFile(path: string): Promise<SeenLock | undefined> {
  try {
    // Opened anew: a network file system then asks the machine that has the file, not its own memory.
    const handle = await open(path, 'r');
    try {
      const { mtimeNs } = await handle.stat({ bigint: true });
      return { text: await handle.readFile('utf8'), beatAtNs: mtimeNs };
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Puts the lock there with its content in one step; undefined when there is one. The caller closes the file. */
export async function placeLockFile(path: string, text: string): Promise<FileHandle | undefined> {
  try {
    return await prepareLockFile(path, text, link);
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return undefined;
    throw error;
  }
}

/** Puts the lock in the place of the one that is there. The caller closes the file. */
export function replaceLockFile(path: string, text: string): Promise<FileHandle> {
  return prepareLockFile(path, text, rename);
}

async function prepareLockFile(
  path: string,
  text: string,
  put: (from: string, to: string) => Promise<void>,
): Promise<FileHandle> {
  const prepared = `${path}.${randomUUID()}`;
  try {
    await writeFile(prepared, text, { flag: 'wx', mode: 0o600 });
    // Reading it is enough to touch it; a file that is open for writing would keep its disk from being made read-only.
    const handle = await open(prepared, 'r');
    try {
      await put(prepared, path);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } finally {
    await rm(prepared, { force: true });
  }
}
