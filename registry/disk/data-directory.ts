/** Taking a data directory into use: one process at a time, no newer schema, nothing half written left. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError, InputError } from '../../errors/errors.ts';
import { parseJson, parseObject } from '../json-object.ts';
import { type DiskLayout, diskLayout } from './disk-layout.ts';
import { isDiskFull, readFileIfPresent, syncDirectory, writeFileDurably } from './durable-file.ts';
import { makeDirectoryDurably } from './make-directory-durably.ts';
import { acquireProcessLock, type LockOptions } from './process-lock.ts';

/** Version of the layout on disk; raised when an older program could not read what a newer one wrote. */
export const dataSchema = 1;

/** A data directory that is ours until it is closed. */
export interface DataDirectory {
  readonly layout: DiskLayout;
  /** A fresh path in the same file system. @throws ConflictError DATA_DIRECTORY_LOST. */
  temporaryPath(): string;
  /** Whoever is about to change something asks first. @throws ConflictError DATA_DIRECTORY_LOST. */
  assertOurs(): void;
  /** Whether its lock is still ours; once it was not, it never is again. */
  isHeld(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * Locks the directory, made when absent, and clears away what a killed process was writing.
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER; InputError DATA_DIRECTORY_UNUSABLE.
 */
export async function openDataDirectory(root: string, options: LockOptions = {}): Promise<DataDirectory> {
  try {
    return await takeIntoUse(root, options);
  } catch (cause) {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new InputError({
      code: 'DATA_DIRECTORY_UNUSABLE',
      message: `data directory cannot be used: ${root}: ${cause.message}`,
      ...(isDiskFull(cause) ? { wayOut: 'make room on its disk, some megabytes to begin with' } : {}),
      cause,
    });
  }
}

async function takeIntoUse(root: string, options: LockOptions): Promise<DataDirectory> {
  const layout = diskLayout(root);
  await makeDirectoryDurably(root);
  const lock = await acquireProcessLock(layout.lock, options);
  if (!lock.acquired) {
    throw new ConflictError({
      code: 'DATA_DIRECTORY_IN_USE',
      message: `data directory in use: ${root} (process ${lock.holder.pid} on ${lock.holder.host})`,
      wayOut: `stop that process or choose another directory; if it no longer runs, remove ${layout.lock}`,
    });
  }
  try {
    await assertSchema(layout);
    await clearTemporary(layout);
    await Promise.all(
      [layout.content, layout.repositories].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
    );
    await syncDirectory(root);
  } catch (error) {
    await lock.release();
    throw error;
  }
  const assertOurs = () => {
    if (!lock.isOurs()) throw directoryLost(root);
  };
  const temporaryPath = () => {
    assertOurs();
    return join(layout.temporary, randomUUID());
  };
  return { layout, temporaryPath, assertOurs, isHeld: lock.isHeld, close: lock.release };
}

function directoryLost(root: string): ConflictError {
  const message = `data directory is not ours any more: ${root} has another lock, or none`;
  return new ConflictError({ code: 'DATA_DIRECTORY_LOST', message });
}

async function assertSchema(layout: DiskLayout): Promise<void> {
  const written = await readFileIfPresent(layout.schema);
  if (written === undefined) {
    await writeFileDurably(
      layout.schema,
      `${JSON.stringify({ schema: dataSchema })}\n`,
      `${layout.schema}.${randomUUID()}`,
    );
    return;
  }
  const found = parseSchema(written.toString('utf8'));
  if (found !== undefined && found <= dataSchema) return;
  throw new ConflictError({
    code: 'DATA_DIRECTORY_NEWER',
    message: `data directory of schema ${found ?? 'unknown'}, this program knows ${dataSchema}: ${layout.root}`,
  });
}

function parseSchema(text: string): number | undefined {
  const { schema } = parseObject(parseJson(text)) ?? {};
  return typeof schema === 'number' ? schema : undefined;
}

/** A link in its place is removed itself: what it leads to is not ours to clear. */
async function clearTemporary(layout: DiskLayout): Promise<void> {
  await rm(layout.temporary, { recursive: true, force: true });
  await mkdir(layout.temporary, { recursive: true, mode: 0o700 });
}
