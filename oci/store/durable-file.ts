/** Files that are either whole and durable under their name, or not there. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ByteStream } from '../copy/target.ts';

/**
 * Writes the chunks under a temporary name in `workDirectory`, then renames to `path`; the file and its directory are
 * flushed to the disk, so the file outlives a loss of power once this returns. When it fails, or the chunks do, nothing
 * is left at `path`. Both places must be on one file system; the directory of `path` must exist.
 */
export async function writeDurableFile(path: string, workDirectory: string, chunks: ByteStream): Promise<void> {
  const workPath = join(workDirectory, randomUUID());
  try {
    await writeFlushed(workPath, chunks);
    await rename(workPath, path);
  } catch (error) {
    await rm(workPath, { force: true });
    throw error;
  }
  await flushDirectory(dirname(path));
}

/** Creates the directory and those above it, durably; one that is there is left as it is. */
export async function createDurableDirectory(path: string): Promise<void> {
  const firstCreated = await mkdir(path, { recursive: true });
  if (firstCreated === undefined) return;
  const highestChanged = dirname(resolve(firstCreated));
  for (let at = resolve(path); at !== highestChanged; at = dirname(at)) await flushDirectory(dirname(at));
}

/** Removes the file durably; one that is not there is no error. */
export async function removeDurableFile(path: string): Promise<void> {
  await rm(path, { force: true });
  await flushDirectory(dirname(path));
}

async function writeFlushed(path: string, chunks: ByteStream): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for await (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A rename or removal is an entry of the directory, which has to reach the disk as well. */
async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}
