/** Taking a data directory into use: one process at a time, no newer schema, nothing half written left. */
import { randomUUID } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConflictError, InputError } from '../../errors/errors.ts';
import { parseJson, parseObject } from '../json-object.ts';
import { type ClaimInit, openClaim } from './claim.ts';
import { type DiskLayout, diskLayout } from './disk-layout.ts';
import { isAbsence, isDiskFull, readFileIfPresent, syncDirectory, writeFileDurably } from './durable-file.ts';
import { directoryLost } from './lock/directory-lost.ts';
import type { HeldLock } from './lock/held-lock.ts';
import type { LockHolder } from './lock/lock-record.ts';
import { acquireProcessLock, type LockOptions, readLiveHolder } from './lock/process-lock.ts';
import { makeDirectoryDurably } from './make-directory-durably.ts';

/** Version of the layout on disk; raised when an older program could not read what a newer one wrote. */
export const dataSchema = 1;

/** A data directory that is in use until it is closed. */
export interface DataDirectory {
  readonly layout: DiskLayout;
  /** A fresh path in the same file system. @throws ConflictError DATA_DIRECTORY_LOST. */
  temporaryPath(): string;
  /**
   * Resolves when the directory is ours: to be awaited before anything in it is changed. Where the disk took no writes when
   * it was opened it is tried to take it now, and what is in the way is what it rejects with.
   * @throws ConflictError DATA_DIRECTORY_LOST.
   */
  own(): Promise<void>;
  /** The same for who owned it a moment ago. @throws ConflictError DATA_DIRECTORY_LOST. */
  assertOurs(): void;
  /** Whether its lock is still ours; once it was not, it never is again. */
  isHeld(): Promise<boolean>;
  close(): Promise<void>;
}

export interface DataDirectoryOptions extends Pick<LockOptions, 'onAwaited' | 'onLost'> {
  /**
   * Given by who can do something with a directory that is not ours yet: where its disk takes no writes it is opened
   * without its lock, unless somebody alive has that.
   */
  readonly unowned?: UnownedDirectory;
}

/** What becomes of a directory that was opened without its lock. */
export type UnownedDirectory = Pick<ClaimInit<HeldLock>, 'onWaiting' | 'onTaken' | 'onRefused'>;

/**
 * Locks the directory, made when absent, and clears away what a killed process was writing.
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER; InputError DATA_DIRECTORY_UNUSABLE.
 */
export async function openDataDirectory(root: string, options: DataDirectoryOptions = {}): Promise<DataDirectory> {
  const layout = diskLayout(root);
  try {
    await makeDirectoryDurably(root);
    const claim = await openClaim({
      take: takingOf(layout, options),
      release: (lock) => lock.release(),
      mayWait: async () => options.unowned !== undefined && (await isServable(layout, options)),
      ...(options.unowned ?? neverUnowned),
    });
    const assertOurs = () => {
      if (!claim.held()?.isOurs()) throw directoryLost(root);
    };
    return {
      layout,
      temporaryPath() {
        assertOurs();
        return join(layout.temporary, randomUUID());
      },
      async own() {
        await claim.own();
        assertOurs();
      },
      assertOurs,
      isHeld: async () => (await claim.held()?.isHeld()) ?? false,
      close: claim.close,
    };
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

const neverUnowned: UnownedDirectory = { onWaiting() {}, onTaken() {}, onRefused() {} };

/**
 * Attempts to take the directory. One that had another owner between two of them may hold other things than were read from
 * it: it is not ours then, and whoever reads begins anew.
 */
function takingOf(layout: DiskLayout, options: DataDirectoryOptions): (signal: AbortSignal) => Promise<HeldLock> {
  let left: string | undefined;

  return async (signal) => {
    const found = await generationOf(layout);
    try {
      const lock = await takeIntoUse(layout, { ...options, signal });
      if (left === undefined || [left, 'absent'].includes(found)) return lock;
      await lock.release();
    } catch (error) {
      left = await generationOf(layout);
      throw error;
    }
    throw new ConflictError({
      code: 'DATA_DIRECTORY_IN_USE',
      message: `another process had the data directory meanwhile: ${layout.root}`,
      wayOut: 'start again',
    });
  };
}

/** Every owner makes the directory of temporary files anew. */
async function generationOf({ temporary }: DiskLayout): Promise<string> {
  try {
    const { ino, birthtimeNs } = await stat(temporary, { bigint: true });
    return `${ino}:${birthtimeNs}`;
  } catch (error) {
    if (isAbsence(error)) return 'absent';
    throw error;
  }
}

async function takeIntoUse(layout: DiskLayout, options: LockOptions): Promise<HeldLock> {
  const lock = await acquireProcessLock(layout.lock, options);
  if (!lock.acquired) throw inUse(layout, lock.holder);
  try {
    await assertSchema(layout);
    await clearTemporary(layout);
    await Promise.all(
      [layout.content, layout.repositories].map((path) => mkdir(path, { recursive: true, mode: 0o700 })),
    );
    await syncDirectory(layout.root);
  } catch (error) {
    await lock.release();
    throw error;
  }
  return lock;
}

/** Whether there is something to read, which nobody changes meanwhile. */
async function isServable(layout: DiskLayout, options: LockOptions): Promise<boolean> {
  if (!(await hasSchema(layout))) return false;
  const holder = await readLiveHolder(layout.lock, options);
  if (holder !== undefined) throw inUse(layout, holder);
  return true;
}

function inUse({ root, lock }: DiskLayout, { pid, host }: LockHolder): ConflictError {
  return new ConflictError({
    code: 'DATA_DIRECTORY_IN_USE',
    message: `data directory in use: ${root} (process ${pid} on ${host})`,
    wayOut: `stop that process or choose another directory; if it no longer runs, remove ${lock}`,
  });
}

async function assertSchema(layout: DiskLayout): Promise<void> {
  if (await hasSchema(layout)) return;
  const text = `${JSON.stringify({ schema: dataSchema })}\n`;
  await writeFileDurably(layout.schema, text, `${layout.schema}.${randomUUID()}`);
}

/** False where none was written yet; @throws ConflictError DATA_DIRECTORY_NEWER. */
async function hasSchema(layout: DiskLayout): Promise<boolean> {
  const written = await readFileIfPresent(layout.schema);
  if (written === undefined) return false;
  const found = parseSchema(written.toString('utf8'));
  if (found !== undefined && found <= dataSchema) return true;
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
