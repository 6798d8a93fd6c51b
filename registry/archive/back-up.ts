/** A backup of the registry in a data directory, whether it serves just now or not. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { InputError } from '../../errors/errors.ts';
import { type DiskLayout, diskLayout } from '../disk/disk-layout.ts';
import type { LockHolder } from '../disk/lock/lock-record.ts';
import { acquireProcessLock } from '../disk/lock/process-lock.ts';
import { openBackupDirectory } from './backup-directory.ts';
import { openBackupTar } from './backup-tar.ts';
import { tellDiskTrouble } from './disk-trouble.ts';
import { type SnapshotReport, takeSnapshot } from './take-snapshot.ts';

export interface BackUpInit {
  /** What holds the registry's directory and, beside it, the file with users and tokens. */
  readonly dataDirectory: string;
  /** A directory, or a file whose name ends in `.tar`. */
  readonly destination: string;
  /** Takes the file with users and tokens along. */
  readonly withAccess: boolean;
  readonly copy: boolean;
  readonly verify: boolean;
  /** Epoch milliseconds. */
  readonly takenAt: number;
  readonly signal: AbortSignal;
  /** Runs the work while the process that serves from the directory collects nothing. */
  readonly whileHeld: WhileHeld;
}

/** The signal ends the work when collection can no longer be held off. */
export type WhileHeld = <Result>(server: LockHolder, work: (signal: AbortSignal) => Promise<Result>) => Promise<Result>;

/**
 * Takes a snapshot into the destination. Nobody can start a registry in a directory that is being read while it is not
 * served; one that serves goes on, and holds its collection off.
 * @throws InputError DATA_DIRECTORY_UNUSABLE, BACKUP_INVALID, DISK_UNUSABLE; ConflictError BACKUP_TARGET_USED.
 */
export async function backUpRegistry(init: BackUpInit): Promise<SnapshotReport> {
  const layout = diskLayout(join(init.dataDirectory, 'registry'));
  await assertRegistry(layout.root);
  assertOutside(layout.root, init.destination);
  return tellDiskTrouble(init.destination, () => backUpLocked(init, layout));
}

async function backUpLocked(init: BackUpInit, layout: DiskLayout): Promise<SnapshotReport> {
  const lock = await acquireProcessLock(layout.lock, { signal: init.signal });
  if (!lock.acquired) return init.whileHeld(lock.holder, (signal) => backUp({ ...init, signal }));
  try {
    return await backUp(init);
  } finally {
    await lock.release();
  }
}

async function backUp(init: BackUpInit): Promise<SnapshotReport> {
  const { destination, takenAt, copy, verify, dataDirectory, signal } = init;
  const sink = destination.endsWith('.tar')
    ? await openBackupTar({ file: destination, takenAt, signal })
    : await openBackupDirectory({ directory: destination, takenAt, copy, verify, signal });
  try {
    return await takeSnapshot({
      layout: diskLayout(join(dataDirectory, 'registry')),
      sink,
      takenAt,
      beside: init.withAccess ? { 'access.json': join(dataDirectory, 'access.json') } : {},
      signal,
    });
  } finally {
    await sink.close();
  }
}

async function assertRegistry(root: string): Promise<void> {
  const found = await stat(join(root, 'schema.json')).catch(() => undefined);
  if (found !== undefined) return;
  const wayOut = 'a backup reads the data directory itself: run it on the machine of the registry, with --data';
  throw new InputError({ code: 'DATA_DIRECTORY_UNUSABLE', message: `no registry in ${root}`, wayOut });
}

function assertOutside(root: string, destination: string): void {
  if (!`${resolve(destination)}/`.startsWith(`${resolve(root)}/`)) return;
  const message = `a backup does not belong in the registry's own directory: ${destination}`;
  throw new InputError({ code: 'BACKUP_INVALID', message, wayOut: 'name a directory beside it, or on another disk' });
}
