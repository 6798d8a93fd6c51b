/** The data directory of the whole service: private, of a schema we know, and ours alone while we serve from it. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type CodedError, ConflictError, InputError } from '../../errors/errors.ts';
import { openClosers } from '../../registry/closers.ts';
import { openClaim } from '../../registry/disk/claim.ts';
import { readFileIfPresent, writeFileDurably } from '../../registry/disk/durable-file.ts';
import type { LockHolder } from '../../registry/disk/lock/lock-record.ts';
import { acquireProcessLock, type LockOptions, readLiveHolder } from '../../registry/disk/lock/process-lock.ts';
import { makeDirectoryDurably } from '../../registry/disk/make-directory-durably.ts';

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
  /** Has the work done when the directory is given back. */
  atClose(work: () => Promise<void>): void;
  /** Gives the directory back. */
  close(): Promise<void>;
}

export interface ServiceDirectoryOptions extends LockOptions {
  /** Told once, when it is used without its lock, as its disk takes no writes. */
  readonly onUnwritable?: (message: string) => void;
  /** Told when another process has the lock by the time that the disk takes writes again. */
  readonly onRefused?: (error: CodedError) => void;
}

/**
 * Takes the directory into use; it is created, for its owner only, when absent. One that is there is used without its lock
 * while its disk takes no writes and nobody alive has the lock, which is told.
 *
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER.
 * @throws InputError DATA_DIRECTORY_UNUSABLE when it cannot be created, read or written.
 */
export async function openServiceDirectory(
  directory: string,
  options: ServiceDirectoryOptions = {},
): Promise<ServiceDirectory> {
  try {
    await makeDirectoryDurably(directory);
    return await openLocked(directory, options);
  } catch (error) {
    throw isSystemError(error) ? unusable(directory, error) : error;
  }
}

async function openLocked(directory: string, options: ServiceDirectoryOptions): Promise<ServiceDirectory> {
  const { onUnwritable, onRefused = () => {}, signal, ...lockOptions } = options;
  const lockPath = join(directory, 'serve.lock');
  const wasAbandoned = await exists(lockPath);
  const claim = await openClaim({
    take: async (closing) => {
      const ends = signal === undefined ? closing : AbortSignal.any([closing, signal]);
      const lock = await acquireProcessLock(lockPath, { ...lockOptions, signal: ends });
      if (!lock.acquired) throw inUse(directory, lockPath, lock.holder);
      return lock;
    },
    release: (lock) => lock.release(),
    async mayWait() {
      if ((await readSchema(directory)) === undefined) return false;
      const holder = await readLiveHolder(lockPath, options);
      if (holder !== undefined) throw inUse(directory, lockPath, holder);
      return true;
    },
    onWaiting: (cause) => onUnwritable?.(`nothing can be written to ${directory} (${codeOf(cause)}): ${whatGoesOn}`),
    onTaken() {},
    onRefused,
  });
  const closers = openClosers();
  closers.add(claim.close);
  try {
    const found = await readSchema(directory);
    return {
      isNew: found === undefined,
      wasAbandoned,
      complete: async () => {
        if (found !== dataDirectorySchema) await writeSchema(directory);
      },
      atClose: closers.add,
      close: closers.close,
    };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

const whatGoesOn = 'the registry serves pulls; --registry-only starts it where the rest cannot start';

function inUse(directory: string, lockPath: string, { pid, host }: LockHolder): ConflictError {
  return new ConflictError({
    code: 'DATA_DIRECTORY_IN_USE',
    message: `data directory in use: ${directory} (process ${pid} on ${host})`,
    wayOut: `stop that process, or choose another directory with --data; if it no longer runs, remove ${lockPath}`,
    fields: { pid, host },
  });
}

/** Undefined while no start was completed; @throws ConflictError DATA_DIRECTORY_NEWER. */
async function readSchema(directory: string): Promise<number | undefined> {
  const written = await readFileIfPresent(schemaPath(directory));
  if (written === undefined) return undefined;
  const found = parseSchema(written.toString('utf8'));
  if (found !== undefined && found <= dataDirectorySchema) return found;
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

function codeOf(cause: unknown): string {
  return isSystemError(cause) ? (cause.code ?? cause.message) : String(cause);
}
