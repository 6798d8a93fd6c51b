/** Reading files that may not be there. */
import { readFile, stat } from 'node:fs/promises';

/** The file's bytes; undefined when there is no such file. */
export async function readOptionalFile(path: string): Promise<Uint8Array | undefined> {
  return orNothing(readFile(path));
}

/** The file's size in bytes; undefined when there is no such file. */
export async function readOptionalSize(path: string): Promise<number | undefined> {
  return (await orNothing(stat(path)))?.size;
}

async function orNothing<Result>(operation: Promise<Result>): Promise<Result | undefined> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
