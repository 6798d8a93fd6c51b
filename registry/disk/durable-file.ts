/**
 * Writing so that it survives a crash: a file appears under its name whole, or not at all, and stays.
 *
 * The order is always the same: write under a temporary name in the same file system, flush the file, rename it, flush
 * the directory. Registries that skipped one of these ended with empty link files (distribution #1960) or truncated
 * indexes (zot #3963).
 */
import { randomUUID } from 'node:crypto';
import { closeSync, fsync, openSync, open as openWithCallback } from 'node:fs';
import { lstat, mkdir, open, opendir, readdir, readFile, rename, rm, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

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

/** Writes a text, unless the file says so already: then nothing is asked of the disk. */
export async function ensureTextDurably(path: string, text: string): Promise<void> {
  if ((await readFileIfPresent(path))?.toString('utf8') === text) return;
  await writeFileDurably(path, text, `${path}.${randomUUID()}`);
}

/** Makes an empty file, whose name is all it says; one that is there already is kept. */
export async function writeMarkDurably(path: string): Promise<void> {
  // Letting go of a file without bytes takes less time than asking another thread to do it.
  closeSync(await openDescriptor(path, 'a', fileMode));
  await syncDirectory(dirname(path));
}

const openDescriptor = promisify(openWithCallback);

/**
 * Moves the file within its file system; false when there was none. Both directories are flushed, so that it is not found
 * in neither after the power failed.
 */
export async function moveDurably(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
  await syncDirectory(dirname(to));
  await syncDirectory(dirname(from));
  return true;
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

/** The flush of a directory that has not begun yet, which serves everybody who asks until it does. */
const waitingSyncs = new Map<string, Promise<void>>();
const runningSyncs = new Map<string, Promise<void>>();

/**
 * Flushes the entries of a directory: a rename lasts only after that. Whoever asks while a flush is under way shares the
 * next one with all others that ask meanwhile, since only one that begins later has their entries for certain.
 */
export function syncDirectory(path: string): Promise<void> {
  const waiting = waitingSyncs.get(path);
  if (waiting !== undefined) return waiting;
  const running = runningSyncs.get(path);
  if (running === undefined) return beginSync(path);
  const next = running.then(
    () => beginNextSync(path),
    () => beginNextSync(path),
  );
  waitingSyncs.set(path, next);
  return next;
}

function beginNextSync(path: string): Promise<void> {
  waitingSyncs.delete(path);
  return beginSync(path);
}

function beginSync(path: string): Promise<void> {
  const sync = syncNow(path).finally(() => runningSyncs.delete(path));
  runningSyncs.set(path, sync);
  return sync;
}

/** Opening a directory that is in use, and letting go of it, takes less time than asking another thread to do it. */
async function syncNow(path: string): Promise<void> {
  const directory = openSync(path, 'r');
  try {
    await flush(directory);
  } finally {
    closeSync(directory);
  }
}

const flush = promisify(fsync);

/** The file's bytes; undefined when there is no file. */
export async function readFileIfPresent(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** The file's bytes, where a sector that cannot be read is damage as any other. */
export async function readOrDamaged(path: string): Promise<Buffer | 'absent' | 'damaged'> {
  try {
    return (await readFileIfPresent(path)) ?? 'absent';
  } catch (error) {
    if (isErrno(error, 'EIO')) return 'damaged';
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

/** Whether there is a directory; a link in its place could lead anywhere, and is none. */
export async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

/** A directory of this size holds a hundred names or so: reading them all is less work than beginning to. */
const smallDirectoryBytesMax = 8 * 1024;

/** Whether there is any name in the directory, however many there are; false when there is no directory. */
export async function hasNames(directory: string): Promise<boolean> {
  try {
    const { size } = await lstat(directory);
    if (size <= smallDirectoryBytesMax) return (await readdir(directory)).length > 0;
    const entries = await opendir(directory);
    try {
      return (await entries.read()) !== null;
    } finally {
      await entries.close();
    }
  } catch (error) {
    if (isAbsence(error)) return false;
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
    await makeDirectory(path);
    await syncDirectory(dirname(path));
  }

  return { ensure };
}

/**
 * Makes the directory, whose name is not flushed yet; false when there is one, also where a link leads to it. Throws what
 * the system says: ENOENT when there is nothing to make it in, EEXIST when something else has its name.
 */
export async function makeDirectory(path: string): Promise<boolean> {
  try {
    await mkdir(path, directoryMode);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await leadsToDirectory(path))) return false;
    throw error;
  }
}

async function leadsToDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}

/** Whether the error says that a file or one of its directories does not exist. */
export function isAbsence(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR');
}

/** Whether the error says that the disk is full, or our share of it. */
export function isDiskFull(error: unknown): boolean {
  return isErrno(error, 'ENOSPC') || isErrno(error, 'EDQUOT');
}

/** Whether the error says that the disk takes no writes at all now: it is full, or read-only. */
export function isUnwritable(error: unknown): boolean {
  return isDiskFull(error) || isErrno(error, 'EROFS');
}

/** Whether the error is the system's of that code. */
export function isErrno(error: unknown, code: string): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && error.code === code;
}
