/**
 * Writing so that it survives a crash: a file appears under its name whole, or not at all, and stays.
 *
 * The order is always the same: write under a temporary name in the same file system, flush the file, rename it, flush
 * the directory. Registries that skipped one of these ended with empty link files (distribution #1960) or truncated
 * indexes (zot #3963).
 */
import { lstat, mkdir, open, readdir, readFile, rename, rm, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Owner only: what lies here is private content and hashed secrets. */
const fileMode = 0o600;
const directoryMode = 0o700;

/** Puts the bytes under `path`, replacing what was there; `temporaryPath` must be in the same file system. */
export async function writeFileDurably(path: string, bytes: Uint8Array | string, temporaryPath: string): Promise<void> {
  try {
    const handle = await open(temporaryPath, 'wx', fileMode);
    try {
      await handle.writeFile(bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await rename(temporaryPath, path);
  } catch (error) {
    await rm(temporaryPath, { force: true });
    throw error;
  }
  await syncDirectory(dirname(path));
}

/** Makes an empty file, whose name is all it says; one that is there already is kept. */
export async function writeMarkDurably(path: string): Promise<void> {
  const handle = await open(path, 'a', fileMode);
  await handle.close();
  await syncDirectory(dirname(path));
}

/** Removes the file for good; false when there was none. */
export async function removeDurably(path: string): Promise<boolean> {
  try {
    await unlink(path);
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
  await syncDirectory(dirname(path));
  return true;
}

/** Flushes the entries of a directory: a rename lasts only after that. */
export async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The file's bytes; undefined when there is no file. */
export async function readFileIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Size of the file in bytes; undefined when there is no file, or a link in its place. */
export async function fileSizeBytes(path: string): Promise<number | undefined> {
  try {
    const found = await lstat(path);
    return found.isFile() ? found.size : undefined;
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The names in a directory; none when there is no directory. */
export async function namesIn(directory: string): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Names of the directories in a directory that may not exist; links to directories are left out, they could lead anywhere. */
export async function directoriesIn(directory: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch (error) {
    if (isAbsence(error)) return [];
    throw error;
  }
}

/** Makes directories that last, each once per process. */
export interface DurableDirectories {
  ensure(path: string): Promise<void>;
}

/** Directories below `root`, which exists. */
export function durableDirectories(root: string): DurableDirectories {
  const made = new Map<string, Promise<void>>();

  /**
   * One promise per directory and parents first: whoever finds a directory made by a neighbour waits until the
   * neighbour has flushed it too. One that a killed process left is flushed again, as its flush may never have come.
   */
  function ensure(path: string): Promise<void> {
    if (path === root) return Promise.resolve();
    const known = made.get(path);
    if (known !== undefined) return known;
    const making = make(path);
    made.set(path, making);
    making.catch(() => made.delete(path));
    return making;
  }

  async function make(path: string): Promise<void> {
    await ensure(dirname(path));
    await mkdir(path, { recursive: true, mode: directoryMode });
    await syncDirectory(dirname(path));
  }

  return { ensure };
}

/** Whether the error says that a file or one of its directories does not exist. */
export function isAbsence(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
}

/** Whether the error is the system's of that code. */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
