/** Where the registries keep what is copied. */
import { statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import type { CopySizes } from './copy-case.ts';

const memoryDirectory = '/dev/shm';

/** Left to everybody else: the contestants, the registries and the wires, with what is on the way over them. */
const sparedBytes = 4 * 1024 ** 3;

/**
 * The directory that TMPDIR names, else the memory of the machine when there is enough of it, else its temporary
 * directory. distribution syncs each blob to the disk: there everybody waits for the disk, and the clients look alike.
 */
export async function chooseStorageDirectory(sizes: CopySizes): Promise<string> {
  if (process.env['TMPDIR']) return tmpdir();
  const { platforms, layers, layerBytes } = sizes.bulk;
  const heldBytes = 2 * Math.max(sizes.memory.largeLayerBytes, platforms * layers * layerBytes);
  const free = await statfs(memoryDirectory).catch(() => undefined);
  const freeBytes = free === undefined ? 0 : Math.min(free.bavail * free.bsize, freemem() - sparedBytes);
  return freeBytes > heldBytes ? memoryDirectory : tmpdir();
}
