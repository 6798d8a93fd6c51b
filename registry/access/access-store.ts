/** The access file itself: read when another process changed it, replaced as a whole, one writer at a time. */
import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ConflictError } from '../../errors/errors.ts';
import { readFileIfPresent, writeFileDurably } from '../disk/durable-file.ts';
import { stampOf } from '../disk/file-stamp.ts';
import { openKeyedLock } from '../disk/keyed-lock.ts';
import { acquireProcessLock } from '../disk/lock/process-lock.ts';
import { type AccessRecords, formatAccessRecords, noAccessRecords, parseAccessRecords } from './access-records.ts';

export interface AccessStore {
  /** The records as they are on disk now. */
  read(): Promise<AccessRecords>;
  /** Replaces the records by what `change` makes of the newest; undefined changes nothing. Durable when resolved. */
  update(change: (records: AccessRecords) => AccessRecords | undefined): Promise<boolean>;
}

/** How long a writer waits for a writer in another process; each needs milliseconds. */
const writerWaitMsMax = 5_000;
const writerRetryMs = 20;

/** The store in the file, which may not exist yet. */
export function openAccessStore(path: string): AccessStore {
  const writers = openKeyedLock();
  let known: { readonly stamp: string; readonly records: AccessRecords } | undefined;

  async function read(): Promise<AccessRecords> {
    const stamp = await stampOf(path);
    if (known?.stamp === stamp) return known.records;
    const content = await readFileIfPresent(path);
    const records = content === undefined ? noAccessRecords : parseAccessRecords(content.toString('utf8'), path);
    known = { stamp, records };
    return records;
  }

  async function update(change: (records: AccessRecords) => AccessRecords | undefined): Promise<boolean> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const release = await lockAgainstOtherProcesses(`${path}.lock`);
    try {
      const changed = change(await read());
      if (changed === undefined) return false;
      await writeFileDurably(path, formatAccessRecords(changed), `${path}.${randomUUID()}`);
      return true;
    } finally {
      await release();
    }
  }

  return { read, update: (change) => writers.exclusive(path, () => update(change)) };
}

async function lockAgainstOtherProcesses(path: string): Promise<() => Promise<void>> {
  let isWatched = false;
  const onAwaited = () => {
    isWatched = true;
  };
  for (let waitedMs = 0; ; waitedMs += writerRetryMs) {
    const lock = await acquireProcessLock(path, { onAwaited });
    if (lock.acquired) return lock.release;
    // Who was seen to beat has had it for long enough.
    if (isWatched || waitedMs >= writerWaitMsMax) {
      throw new ConflictError({
        code: 'ACCESS_FILE_IN_USE',
        message: `access file in use: ${path} is held by process ${lock.holder.pid} on ${lock.holder.host}`,
        wayOut: `stop that process; if it no longer runs, remove ${path}`,
      });
    }
    await sleep(writerRetryMs);
  }
}
