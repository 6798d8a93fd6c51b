/**
 * From a backup to a data directory. Everything is written beside the place where it is to be, every digest is verified
 * on the way, and one rename puts it there at the end: a registry never serves half a backup.
 */
import { randomUUID } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CodedError, ConflictError, InputError, IntegrityError, NotFoundError } from '../../errors/errors.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { dataSchema } from '../disk/data-directory.ts';
import { diskLayout } from '../disk/disk-layout.ts';
import {
  fileSizeBytes,
  isAbsence,
  namesIn,
  readFileIfPresent,
  syncDirectory,
  writeFileDurably,
} from '../disk/durable-file.ts';
import { acquireProcessLock } from '../disk/lock/process-lock.ts';
import { makeDirectoryDurably } from '../disk/make-directory-durably.ts';
import { atOnce } from './at-once.ts';
import { type BackupLayout, backupHead, backupLayout, backupSchema, snapshotOfFile } from './backup-layout.ts';
import { tellDiskTrouble } from './disk-trouble.ts';
import { openRestoreWriter } from './restore-writer.ts';
import { readSnapshotFile } from './snapshot-file.ts';
import type { SnapshotLine } from './snapshot-line.ts';
import { unpackTar } from './unpack-tar.ts';

export interface RestoreInit {
  /** A backup's directory, or its tar file. */
  readonly source: string;
  /** The newest when absent. */
  readonly snapshot: string | undefined;
  /** What holds the registry's directory and, beside it, the file with users and tokens. */
  readonly dataDirectory: string;
  /** Makes copies even where hard links would do. */
  readonly copy: boolean;
  readonly signal: AbortSignal;
}

export interface RestoreReport {
  readonly snapshot: string;
  readonly takenAt: string;
  readonly repositories: number;
  readonly tags: number;
  readonly manifests: number;
  readonly blobs: number;
  /** What the registry lacked when the snapshot was taken. */
  readonly gaps: readonly { readonly repository: string; readonly digest: string; readonly tags: readonly string[] }[];
  /** Files beside the registry's directory: brought, or kept because there was one already. */
  readonly filesRestored: readonly string[];
  readonly filesKept: readonly string[];
}

/** Writes under way at once: flushes of small files share their waiting. */
const writesAtOnce = 32;

/** The name under which a restore works, beside the registry's directory. */
const workName = 'registry.restoring';

/** Damaged files that are named; a backup that has more is beyond reading them. */
const damageNamedMax = 50;

/**
 * Restores the snapshot. A run that was killed is repeated: content that it brought is found. Until all of it is there
 * the directory has no registry.
 * @throws ConflictError RESTORE_TARGET_USED; InputError BACKUP_INVALID, DISK_UNUSABLE; NotFoundError SNAPSHOT_UNKNOWN; IntegrityError
 * BACKUP_DAMAGED, and then nothing was restored.
 */
export function restoreBackup(init: RestoreInit): Promise<RestoreReport> {
  return tellDiskTrouble(init.dataDirectory, () => restoreBeside(init));
}

async function restoreBeside(init: RestoreInit): Promise<RestoreReport> {
  const target = join(init.dataDirectory, 'registry');
  await assertUnused(target);
  const work = join(init.dataDirectory, workName);
  await makeDirectoryDurably(work);
  const lock = await acquireProcessLock(join(work, 'registry.lock'), { signal: init.signal });
  if (!lock.acquired) throw targetUsed(`another restore is at ${init.dataDirectory} (process ${lock.holder.pid})`);
  try {
    const report = await restoreInto(init, work);
    await assertUnused(target);
    await rename(work, target);
    await syncDirectory(init.dataDirectory);
    await rm(join(target, 'registry.lock'), { force: true });
    await lock.release();
    return report;
  } catch (error) {
    await lock.release();
    if (error instanceof CodedError) await rm(work, { recursive: true, force: true });
    throw error;
  }
}

async function restoreInto(init: RestoreInit, work: string): Promise<RestoreReport> {
  const unpacked = join(work, 'unpacked');
  const isTar = await isFile(init.source);
  if (isTar) await unpackTar(init.source, unpacked, init.signal);
  const backup = backupLayout(isTar ? unpacked : init.source);
  await assertBackup(backup);
  const snapshot = await chooseSnapshot(backup, init.snapshot);
  const writer = await openRestoreWriter({ backup, layout: diskLayout(work), ...init });
  const tally = openTally(snapshot);
  await atOnce(linesInPlace(init, backup, tally), writesAtOnce, ({ repository, line }) =>
    writer.write(repository, line),
  );
  const damaged = writer.damaged();
  if (damaged.length > 0) throw backupDamaged(init.source, damaged);
  await rm(unpacked, { recursive: true, force: true });
  await writer.finish();
  const files = await restoreFiles(init.dataDirectory, tally.files);
  return { ...tally.report(), ...files };
}

interface LineInPlace {
  /** The repository that the line is about; undefined for those before the first. */
  readonly repository: RepositoryName | undefined;
  readonly line: SnapshotLine;
}

async function* linesInPlace(init: RestoreInit, backup: BackupLayout, tally: Tally): AsyncIterable<LineInPlace> {
  let repository: RepositoryName | undefined;
  for await (const line of readSnapshotFile(backup.snapshot(tally.snapshot))) {
    init.signal.throwIfAborted();
    if (line.kind === 'snapshot') assertKnown(backup, line);
    if (line.kind === 'repository') repository = line.name;
    tally.saw(line, repository);
    yield { repository, line };
  }
}

function assertKnown({ root }: BackupLayout, line: Extract<SnapshotLine, { kind: 'snapshot' }>): void {
  if (line.schema <= backupSchema && line.dataSchema <= dataSchema) return;
  const message = `backup of a newer version: ${root} (schema ${line.schema}, data ${line.dataSchema})`;
  throw new InputError({ code: 'BACKUP_INVALID', message, wayOut: 'restore it with the version that wrote it' });
}

/** Where there is one already it stays: whoever restores into a place with users wants those. */
async function restoreFiles(dataDirectory: string, files: Tally['files']) {
  const filesRestored: string[] = [];
  const filesKept: string[] = [];
  for (const { name, text } of files) {
    const path = join(dataDirectory, name);
    const isThere = (await fileSizeBytes(path)) !== undefined;
    if (!isThere) await writeFileDurably(path, text, `${path}.restoring-${randomUUID()}`);
    (isThere ? filesKept : filesRestored).push(name);
  }
  return { filesRestored, filesKept };
}

/** Also where a link leads to it: the newest of many is often found by one. */
async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

async function assertBackup(backup: BackupLayout): Promise<void> {
  const head = await readFileIfPresent(backup.head);
  if (head?.toString('utf8') === backupHead) return;
  const why = head === undefined ? 'not a backup' : 'not a backup that this program knows';
  throw new InputError({ code: 'BACKUP_INVALID', message: `${why}: ${backup.root}` });
}

async function chooseSnapshot(backup: BackupLayout, wanted: string | undefined): Promise<string> {
  const names = (await namesIn(backup.snapshots)).flatMap((name) => snapshotOfFile(name) ?? []).sort();
  const chosen = wanted === undefined ? names.at(-1) : names.find((name) => name === wanted);
  if (chosen !== undefined) return chosen;
  const message = `no snapshot ${wanted ?? 'at all'} in ${backup.root}`;
  throw new NotFoundError({ code: 'SNAPSHOT_UNKNOWN', message });
}

async function assertUnused(target: string): Promise<void> {
  if ((await namesIn(target)).length > 0) throw targetUsed(`there is a registry: ${target}`);
}

function targetUsed(message: string): ConflictError {
  return new ConflictError({ code: 'RESTORE_TARGET_USED', message });
}

function backupDamaged(source: string, damaged: readonly string[]): IntegrityError {
  const named = damaged.slice(0, damageNamedMax);
  const more = damaged.length > named.length ? ` and ${damaged.length - named.length} more` : '';
  const message = `backup damaged: ${source}: ${named.join(', ')}${more}`;
  return new IntegrityError({ code: 'BACKUP_DAMAGED', message, fields: { damaged: named } });
}

interface Tally {
  readonly snapshot: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
  saw(line: SnapshotLine, repository: RepositoryName | undefined): void;
  report(): Omit<RestoreReport, 'filesRestored' | 'filesKept'>;
}

function openTally(snapshot: string): Tally {
  const counts = { repositories: 0, tags: 0, manifests: 0, blobs: 0 };
  const gaps: RestoreReport['gaps'][number][] = [];
  const files: Tally['files'][number][] = [];
  let takenAt = '';
  return {
    snapshot,
    files,
    saw(line, repository) {
      if (line.kind === 'snapshot') takenAt = line.takenAt;
      if (line.kind === 'file') files.push(line);
      if (line.kind === 'repository') counts.repositories += 1;
      if (line.kind === 'record' && line.directory === '_tags') counts.tags += 1;
      if (line.kind === 'manifest') counts.manifests += 1;
      if (line.kind === 'blob') counts.blobs += 1;
      if (line.kind === 'gap') gaps.push({ repository: repository ?? '', digest: line.digest, tags: line.tags });
    },
    report: () => ({ snapshot, takenAt, ...counts, gaps }),
  };
}
