/**
 * A directory with all above it.
 *
 * Node's own `recursive` never ends where the system answers ENOENT though the parent is there, as it does below /proc:
 * it makes the parent and tries again. It also says ENOENT of a disk that is read-only.
 */
import { dirname, resolve } from 'node:path';
import { isErrno, makeDirectory, syncDirectory } from './durable-file.ts';

/**
 * Makes the directory with all above it, and flushes what was made; one that is there is left as it is, also where a link
 * leads to it. Throws what the system says, EEXIST when something else has its name.
 */
export async function makeDirectoryDurably(path: string): Promise<void> {
  await ensure(resolve(path));
}

async function ensure(path: string): Promise<void> {
  try {
    await make(path);
  } catch (error) {
    if (!isErrno(error, 'ENOENT') || dirname(path) === path) throw error;
    await ensure(dirname(path));
    await make(path);
  }
}

/** What was there before is somebody else's to flush, who may not let us open what it lies in. */
async function make(path: string): Promise<void> {
  if (await makeDirectory(path)) await syncDirectory(dirname(path));
}
