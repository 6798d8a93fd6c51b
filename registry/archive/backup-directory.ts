/** A backup in a directory: snapshots beside one another, over content that they share. */
import { randomUUID } from 'node:crypto';
import { lstat, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ConflictError, InputError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import {
  directoriesIn,
  durableDirectories,
  fileSizeBytes,
  isErrno,
  namesIn,
  readFileIfPresent,
  syncDirectory,
  writeFileDurably,
} from '../disk/durable-file.ts';
import { acquireProcessLock } from '../disk/lock/process-lock.ts';
import { makeDirectoryDurably } from '../disk/make-directory-durably.ts';
import { type BackupLayout, backupHead, backupLayout, snapshotName } from './backup-layout.ts';
import type { BackupSink, OfferedContent } from './backup-sink.ts';
import { findLostSnapshots, type LostSnapshotsInit } from './lost-snapshots.ts';
import { hasDigest, placeFile } from './place-file.ts';
import { createSnapshotFile } from './snapshot-file.ts';

export interface BackupDirectoryInit {
  /** Made when absent; else it is a backup already, or empty. */
  readonly directory: string;
  /** Epoch milliseconds; names the snapshot. */
  readonly takenAt: number;
  /** Makes copies even where hard links would do. */
  readonly copy: boolean;
  /** Reads again what earlier snapshots brought, brings anew what has gone bad, and names those that are lost all the same. */
  readonly verify: boolean;
  readonly signal: AbortSignal;
}

/**
 * The sink of one more snapshot. What a killed run has brought is found and kept.
 * @throws InputError BACKUP_INVALID when something else is in the directory; ConflictError BACKUP_TARGET_USED, also when
 * a file has its name.
 */
export async function openBackupDirectory(init: BackupDirectoryInit): Promise<BackupSink> {
  const layout = backupLayout(init.directory);
  await makeRoot(layout.root);
  await assertOurs(layout);
  const lock = await acquireProcessLock(layout.lock, { signal: init.signal });
  if (!lock.acquired) {
    const { pid, host } = lock.holder;
    const message = `backup in use: ${layout.root} (process ${pid} on ${host})`;
    throw new ConflictError({ code: 'BACKUP_TARGET_USED', message });
  }
  try {
    return await directorySink(init, layout, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function makeRoot(path: string): Promise<void> {
  try {
    await makeDirectoryDurably(path);
  } catch (cause) {
    if (!isErrno(cause, 'EEXIST')) throw cause;
    const wayOut = 'name a directory, or a file that is not there and ends in .tar';
    throw new ConflictError({ code: 'BACKUP_TARGET_USED', message: `there is a file: ${path}`, wayOut, cause });
  }
}

async function assertOurs(layout: BackupLayout): Promise<void> {
  const head = await readFileIfPresent(layout.head);
  if (head !== undefined) {
    if (head.toString('utf8') === backupHead) return;
    throw new InputError({ code: 'BACKUP_INVALID', message: `not a backup that this program knows: ${layout.root}` });
  }
  const names = (await namesIn(layout.root)).filter((name) => !name.startsWith('backup.') && name !== 'lost+found');
  if (names.length === 0) return;
  const message = `neither empty nor a backup: ${layout.root}`;
  throw new InputError({ code: 'BACKUP_INVALID', message, wayOut: 'name an empty directory, or one with a backup' });
}

async function directorySink(
  { takenAt, copy, verify, signal }: BackupDirectoryInit,
  layout: BackupLayout,
  release: () => Promise<void>,
): Promise<BackupSink> {
  const directories = durableDirectories(layout.root);
  const verified = new Set<string>();
  const bad = new Set<string>();
  const temporaryPath = () => join(layout.temporary, randomUUID());
  await rm(layout.temporary, { recursive: true, force: true });
  for (const path of [layout.temporary, layout.snapshots]) await directories.ensure(path);
  await writeFileDurably(layout.head, backupHead, temporaryPath());
  const snapshotPath = temporaryPath();
  const snapshot = await createSnapshotFile(snapshotPath);

  /** A file gets its name when it is whole, so one of the right size is right, unless the disk has gone bad. */
  async function isPresent(path: string, digest: Digest, sizeBytes: number): Promise<boolean> {
    if (verified.has(path)) return true;
    if ((await fileSizeBytes(path)) !== sizeBytes || bad.has(path)) return false;
    if (verify && !(await hasDigest(path, digest, signal))) {
      bad.add(path);
      return false;
    }
    verified.add(path);
    return true;
  }

  return {
    async offerFile(digest, sizeBytes, source): Promise<OfferedContent> {
      const target = layout.bytesOf('content', digest);
      const isToReplace = copy && !verified.has(target) && (await isSameFile(target, source));
      if (!isToReplace && (await isPresent(target, digest, sizeBytes))) return 'present';
      await directories.ensure(dirname(target));
      const outcome = await placeFile({ source, digest, target, temporary: temporaryPath(), copy, signal });
      if (outcome !== 'damaged') verified.add(target);
      return outcome;
    },
    async offerManifest(digest, bytes) {
      const target = layout.bytesOf('manifests', digest);
      if (await isPresent(target, digest, bytes.length)) return 'present';
      await directories.ensure(dirname(target));
      await writeFileDurably(target, bytes, temporaryPath());
      verified.add(target);
      return 'copied';
    },
    write: snapshot.write,
    async finish() {
      await snapshot.finish();
      await syncBytes(layout);
      await rename(snapshotPath, layout.snapshot(snapshotName(takenAt)));
      await syncDirectory(layout.snapshots);
    },
    async findLost() {
      if (!verify) return [];
      const isWhole: LostSnapshotsInit['isWhole'] = (kind, digest, sizeBytes) =>
        isPresent(layout.bytesOf(kind, digest), digest, sizeBytes);
      return findLostSnapshots({ layout, isWhole, signal });
    },
    async close() {
      await snapshot.close();
      await rm(layout.temporary, { recursive: true, force: true });
      await release();
    },
  };
}

/** An earlier snapshot may have brought a link, which goes bad together with what it leads to. */
async function isSameFile(path: string, other: string): Promise<boolean> {
  if ((await fileSizeBytes(path)) === undefined) return false;
  const [one, two] = await Promise.all([lstat(path), lstat(other)]);
  return one.dev === two.dev && one.ino === two.ino;
}

/** Every directory, not only those of this run: what a killed run has brought may never have been flushed. */
async function syncBytes(layout: BackupLayout): Promise<void> {
  for (const kind of ['content', 'manifests'] as const) {
    for (const algorithm of await directoriesIn(join(layout.root, kind))) {
      const directory = join(layout.root, kind, algorithm);
      for (const fan of await directoriesIn(directory)) await syncDirectory(join(directory, fan));
      await syncDirectory(directory);
    }
  }
}
