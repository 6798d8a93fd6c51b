/** Whether the data directory can be written to, is still ours, and has room. */
import { open, rm, statfs } from 'node:fs/promises';
import { CodedError } from '../../errors/errors.ts';
import type { StorageHealth } from '../storage.ts';
import type { DataDirectory } from './data-directory.ts';

/** How the directory is now: a small file is written to it, flushed and removed again, as long as it is ours. */
export async function readDiskHealth(directory: DataDirectory): Promise<StorageHealth> {
  const [unwritable, room] = await Promise.all([tryWriting(directory), statfs(directory.layout.root)]);
  const lockHeld = await directory.isHeld();
  return { unwritable, lockHeld, freeBytes: room.bavail * room.bsize, totalBytes: room.blocks * room.bsize };
}

async function tryWriting({ own, temporaryPath }: DataDirectory): Promise<string | undefined> {
  try {
    await own();
    const path = temporaryPath();
    const handle = await open(path, 'wx', 0o600);
    try {
      await handle.writeFile('x');
      await handle.datasync();
    } finally {
      await handle.close();
      await rm(path, { force: true });
    }
    return undefined;
  } catch (error) {
    // That it is another's is told by the lock.
    if (error instanceof CodedError) return undefined;
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
