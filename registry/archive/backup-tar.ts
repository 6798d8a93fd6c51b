/**
 * A backup in one tar file: the same files under the same names, the snapshot last. It is written under another name
 * and renamed when it is whole.
 */
import { createWriteStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Pack, pack } from 'tar-stream';
import { ConflictError, InputError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { isAbsence, syncDirectory } from '../disk/durable-file.ts';
import { acquireProcessLock } from '../disk/lock/process-lock.ts';
import { backupHead, backupLayout, type ContentKind, snapshotName } from './backup-layout.ts';
import type { BackupSink } from './backup-sink.ts';
import { chunksOf } from './chunks-of.ts';
import { hasDigest } from './place-file.ts';
import { createSnapshotFile } from './snapshot-file.ts';

export interface BackupTarInit {
  readonly file: string;
  /** Epoch milliseconds; names the snapshot. */
  readonly takenAt: number;
  readonly signal: AbortSignal;
}

/**
 * The sink of a tar file.
 * @throws ConflictError BACKUP_TARGET_USED when there is a file of that name; InputError DISK_UNUSABLE when its directory
 * is not there.
 */
export async function openBackupTar(init: BackupTarInit): Promise<BackupSink> {
  if (!(await isThere(dirname(init.file)))) throw directoryAbsent(dirname(init.file));
  const lock = await acquireProcessLock(`${init.file}.lock`, { signal: init.signal });
  if (!lock.acquired) throw targetUsed(`another run is at ${init.file} (process ${lock.holder.pid})`);
  try {
    if (await isThere(init.file)) throw targetUsed(`there is a file: ${init.file}`);
    return await tarSink(init, lock.release);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

function targetUsed(message: string): ConflictError {
  const wayOut = 'name a file that is not there, or a directory, which takes one snapshot after the other';
  return new ConflictError({ code: 'BACKUP_TARGET_USED', message, wayOut });
}

function directoryAbsent(directory: string): InputError {
  const wayOut = 'make it, or name a file in one that is there';
  return new InputError({ code: 'DISK_UNUSABLE', message: `the directory is not there: ${directory}`, wayOut });
}

async function tarSink({ file, takenAt, signal }: BackupTarInit, release: () => Promise<void>): Promise<BackupSink> {
  const layout = backupLayout('');
  const partial = `${file}.partial`;
  const snapshotPath = `${file}.partial-snapshot`;
  for (const left of [partial, snapshotPath]) await rm(left, { force: true });
  const archive = pack();
  const output = createWriteStream(partial, { mode: 0o600, flags: 'wx' });
  const written = pipeline(bytesOf(archive), output);
  // A disk that is full ends the file, and with it whoever adds to it.
  const failed = written.then(() => new Promise<never>(() => {}));
  failed.catch(() => {});
  const header = { mode: 0o600, mtime: new Date(takenAt) };
  const snapshot = await createSnapshotFile(snapshotPath);
  const taken = new Set<string>();

  /** Whoever adds to a file that has ended hears only that; what ended it is known here, and comes first. */
  async function whileOpen(add: () => Promise<void>): Promise<void> {
    try {
      await Promise.race([add(), failed]);
    } catch (error) {
      throw output.errored ?? error;
    }
  }

  function addFile(name: string, size: number, source: string): Promise<void> {
    if (size === 0) return addBytes(name, new Uint8Array());
    return whileOpen(() => pipeline(Readable.from(chunksOf(source, signal)), archive.entry({ ...header, name, size })));
  }

  function addBytes(name: string, bytes: Uint8Array): Promise<void> {
    return whileOpen(() => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      archive.entry({ ...header, name }, bytes, (error) => (error ? reject(error) : resolve()));
      return promise;
    });
  }

  const nameOf = (kind: ContentKind, digest: Digest) => relative('', layout.bytesOf(kind, digest));
  await addBytes('backup.json', Buffer.from(backupHead));

  return {
    async offerFile(digest, sizeBytes, source) {
      const name = nameOf('content', digest);
      if (taken.has(name)) return 'present';
      // Read twice: a tar says how long a file is before its bytes, and takes nothing back.
      if (!(await hasDigest(source, digest, signal))) return 'damaged';
      await addFile(name, sizeBytes, source);
      taken.add(name);
      return 'copied';
    },
    async offerManifest(digest, bytes) {
      const name = nameOf('manifests', digest);
      if (taken.has(name)) return 'present';
      await addBytes(name, bytes);
      taken.add(name);
      return 'copied';
    },
    write: snapshot.write,
    async finish() {
      await snapshot.finish();
      const { size } = await stat(snapshotPath);
      await addFile(layout.snapshot(snapshotName(takenAt)), size, snapshotPath);
      archive.finalize();
      await written;
      await flushFile(partial);
      await rename(partial, file);
      await syncDirectory(dirname(file));
    },
    findLost: async () => [],
    async close() {
      await snapshot.close();
      archive.destroy();
      await written.catch(() => {});
      for (const path of [partial, snapshotPath]) await rm(path, { force: true });
      await release();
    },
  };
}

async function* bytesOf(archive: Pack): AsyncIterable<Uint8Array> {
  for await (const chunk of archive) if (chunk instanceof Uint8Array) yield chunk;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isAbsence(error)) return false;
    throw error;
  }
}

async function flushFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
