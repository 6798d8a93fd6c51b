/**
 * A directory with all above it.
 *
 * Node's own `recursive` never ends where the system answers ENOENT though the parent is there, as it does below /proc:
 * it makes the parent and tries again. It also says ENOENT of a disk that is read-only.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { isErrno, syncDirectory } from './durable-file.ts';

/** Owner only: what lies here is private content and hashed secrets. */
const directoryMode = 0o700;

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

async function make(path: string): Promise<void> {
  try {
    await mkdir(path, directoryMode);
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await isThere(path))) return;
    throw error;
  }
  await syncDirectory(dirname(path));
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
