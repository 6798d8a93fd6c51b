/** Whether the data directory can be written to, is still ours, and has room. */
import { open, rm, statfs } from 'node:fs/promises';
import type { StorageHealth } from '../storage.ts';
import type { DataDirectory } from './data-directory.ts';

/** How the directory is now: a small file is written to it, flushed and removed again, as long as it is ours. */
export async function readDiskHealth({ layout, temporaryPath, isHeld }: DataDirectory): Promise<StorageHealth> {
  const [lockHeld, room] = await Promise.all([isHeld(), statfs(layout.root)]);
  const unwritable = lockHeld ? await tryWriting(temporaryPath()) : undefined;
  return { unwritable, lockHeld, freeBytes: room.bavail * room.bsize, totalBytes: room.blocks * room.bsize };
}

async function tryWriting(path: string): Promise<string | undefined> {
  try {
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
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}
