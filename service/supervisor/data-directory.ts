/** The data directory of the whole service: private, of a schema we know, and ours alone while we serve from it. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError, InputError } from '../../errors/errors.ts';
import { readFileIfPresent, writeFileDurably } from '../../registry/disk/durable-file.ts';
import { makeDirectoryDurably } from '../../registry/disk/make-directory-durably.ts';
import { acquireProcessLock, type LockOptions } from '../../registry/disk/process-lock.ts';

/** Version of the directory's layout; raised when an older program could not read what a newer one wrote. */
export const dataDirectorySchema = 1;

/** A data directory that is ours until it is closed. */
export interface ServiceDirectory {
  /** Whether the first start was never completed: there may be no administrator yet. */
  readonly isNew: boolean;
  /** Whether an earlier supervisor died in it: what it started may still be closing. */
  readonly wasAbandoned: boolean;
  /** Marks the first start as completed. */
  complete(): Promise<void>;
  /** Gives the directory back. */
  close(): Promise<void>;
}

/**
 * Takes the directory into use; it is created, for its owner only, when absent.
 *
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER.
 * @throws InputError DATA_DIRECTORY_UNUSABLE when it cannot be created, read or written.
 */
export async function openServiceDirectory(directory: string, options: LockOptions = {}): Promise<ServiceDirectory> {
  try {
    await makeDirectoryDurably(directory);
    return await openLocked(directory, options);
  } catch (error) {
    throw isSystemError(error) ? unusable(directory, error) : error;
  }
}

async function openLocked(directory: string, options: LockOptions): Promise<ServiceDirectory> {
  const lockPath = join(directory, 'serve.lock');
  const wasAbandoned = await exists(lockPath);
  const lock = await acquireProcessLock(lockPath, options);
  if (!lock.acquired) {
    const { pid, host } = lock.holder;
    throw new ConflictError({
      code: 'DATA_DIRECTORY_IN_USE',
      message: `data directory in use: ${directory} (process ${pid} on ${host})`,
      wayOut: `stop that process, or choose another directory with --data; if it no longer runs, remove ${lockPath}`,
      fields: { pid, host },
    });
  }
  try {
    const isNew = await readSchema(directory);
    return { isNew, wasAbandoned, complete: () => writeSchema(directory), close: lock.release };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** Whether there is no schema yet; @throws ConflictError DATA_DIRECTORY_NEWER. */
async function readSchema(directory: string): Promise<boolean> {
  const written = await readFileIfPresent(schemaPath(directory));
  if (written === undefined) return true;
  const found = parseSchema(written.toString('utf8'));
  if (found !== undefined && found <= dataDirectorySchema) return false;
  throw new ConflictError({
    code: 'DATA_DIRECTORY_NEWER',
    message: `data directory has schema ${found ?? 'unknown'}, this version knows ${dataDirectorySchema}: ${directory}`,
    fields: { found, known: dataDirectorySchema },
  });
}

async function writeSchema(directory: string): Promise<void> {
  const path = schemaPath(directory);
  await writeFileDurably(path, `${JSON.stringify({ schema: dataDirectorySchema })}\n`, `${path}.${randomUUID()}`);
}

function schemaPath(directory: string): string {
  return join(directory, 'schema.json');
}

function parseSchema(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('schema' in value)) return undefined;
    return typeof value.schema === 'number' ? value.schema : undefined;
  } catch {
    return undefined;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'errno' in error;
}

function unusable(directory: string, cause: NodeJS.ErrnoException): InputError {
  const message = `data directory cannot be used: ${directory} (${cause.code ?? cause.message})`;
  return new InputError({ code: 'DATA_DIRECTORY_UNUSABLE', message, cause });
}
