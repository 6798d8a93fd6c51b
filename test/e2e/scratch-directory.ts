/** A directory of a test's own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ScratchDirectory {
  readonly path: string;
  close(): Promise<void>;
}

/** Removing it is tried again where a process that just ended still lets go of a file. */
const removalsMax = 10;

/** A new empty directory. */
export async function openScratchDirectory(name: string): Promise<ScratchDirectory> {
  const path = await mkdtemp(join(tmpdir(), `${name}-`));
  return { path, close: () => rm(path, { recursive: true, force: true, maxRetries: removalsMax }) };
}
