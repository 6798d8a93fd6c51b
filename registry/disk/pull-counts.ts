/**
 * How often and when last each manifest was pulled.
 *
 * Counted in memory and added to the disk now and then: a pull waits for no disk, and a process that is killed forgets
 * what it counted since. One small file for each manifest that was ever pulled.
 */
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { parseJson, parseObject } from '../json-object.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { PullRecord } from '../storage.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  type DurableDirectories,
  fileSizeBytes,
  isAbsence,
  namesIn,
  readFileIfPresent,
  removeDurably,
  writeFileDurably,
} from './durable-file.ts';

export interface PullCounts {
  /** Counts one pull at this epoch millisecond. Waits for nothing. */
  record(repository: RepositoryName, digest: Digest, at: number): void;
  /** What was counted so far, on disk or not yet, ordered by digest. */
  list(repository: RepositoryName): Promise<readonly PullRecord[]>;
  /** Forgets a manifest that was deleted. */
  remove(repository: RepositoryName, digest: Digest): Promise<void>;
  /** Writes the rest, and counts no more. */
  close(): Promise<void>;
}

/** How often the counts go to disk: no more than this is lost with the process. */
export const pullFlushMs = 60_000;

/** Manifests counted in memory; when there are more, they go to disk earlier. */
const pendingMax = 10_000;

interface Count {
  readonly count: number;
  readonly lastPulledAt: number;
}

interface Pending extends Count {
  readonly repository: RepositoryName;
  readonly digest: Digest;
}

/** The counts below the directory's repositories, written every `flushMs`. */
export function openPullCounts(
  { layout, temporaryPath, own }: DataDirectory,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
  flushMs: number = pullFlushMs,
): PullCounts {
  let pending = new Map<string, Pending>();
  let writing: Promise<void> = Promise.resolve();
  const timer = setInterval(flush, flushMs).unref();

  function flush(): Promise<void> {
    writing = writing.then(writePending);
    return writing;
  }

  async function writePending(): Promise<void> {
    const failures: unknown[] = [];
    // One that cannot be written stays counted, is tried again with the next flush, and keeps back no other.
    for (const one of [...pending.values()]) await write(one).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) onEvent({ kind: 'counts-unwritten', error: failures[0] });
  }

  /** What was counted while the file was being written stays pending. A manifest that is gone is not counted on. */
  async function write({ repository, digest, count, lastPulledAt }: Pending): Promise<void> {
    if ((await fileSizeBytes(layout.manifest(repository, digest))) !== undefined) {
      const path = layout.pullsOf(repository, digest);
      const before = await read(repository, digest);
      await own();
      await directories.ensure(dirname(path));
      await writeFileDurably(path, JSON.stringify(add(before, { count, lastPulledAt })), temporaryPath());
    }
    const key = keyOf(repository, digest);
    const now = pending.get(key);
    if (now === undefined || now.count === count) pending.delete(key);
    else pending.set(key, { ...now, count: now.count - count });
  }

  async function listNow(repository: RepositoryName): Promise<readonly PullRecord[]> {
    const names = await namesIn(layout.pulls(repository));
    const digests = new Set(names.map((name) => name.replace('-', ':')).filter(isDigest));
    for (const one of pending.values()) if (one.repository === repository) digests.add(one.digest);
    const records: PullRecord[] = [];
    for (const digest of [...digests].sort()) {
      const counted = pending.get(keyOf(repository, digest));
      const before = await read(repository, digest);
      const count = counted === undefined ? before : add(before, counted);
      if (count !== undefined) records.push({ digest, ...count });
    }
    return records;
  }

  async function read(repository: RepositoryName, digest: Digest): Promise<Count | undefined> {
    const path = layout.pullsOf(repository, digest);
    const content = await readFileIfPresent(path);
    if (content === undefined) return undefined;
    const count = parseCount(content.toString('utf8'));
    if (count !== undefined) return count;
    onEvent({ kind: 'record-unreadable', path, why: 'no count of pulls' });
    return readFromFile(path);
  }

  return {
    record(repository, digest, at) {
      const key = keyOf(repository, digest);
      const known = pending.get(key);
      pending.set(key, { repository, digest, ...add(known, { count: 1, lastPulledAt: at }) });
      if (pending.size === pendingMax) void flush();
      else if (pending.size > 2 * pendingMax) pending = new Map();
    },
    /** In turn with the writing: what is on its way to the disk would count twice. */
    list(repository) {
      const listed = writing.then(() => listNow(repository));
      writing = listed.then(
        () => undefined,
        () => undefined,
      );
      return listed;
    },
    async remove(repository, digest) {
      pending.delete(keyOf(repository, digest));
      await removeDurably(layout.pullsOf(repository, digest));
    },
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}

function keyOf(repository: RepositoryName, digest: Digest): string {
  return `${repository}@${digest}`;
}

function add(before: Count | undefined, { count, lastPulledAt }: Count): Count {
  if (before === undefined) return { count, lastPulledAt };
  return { count: before.count + count, lastPulledAt: Math.max(before.lastPulledAt, lastPulledAt) };
}

/** Of a damaged count the file itself tells when it was written: retention must not take what was pulled for what never was. */
async function readFromFile(path: string): Promise<Count | undefined> {
  try {
    return { count: 1, lastPulledAt: Math.floor((await lstat(path)).mtimeMs) };
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function parseCount(text: string): Count | undefined {
  const { count, lastPulledAt } = parseObject(parseJson(text)) ?? {};
  if (typeof count !== 'number' || typeof lastPulledAt !== 'number') return undefined;
  return { count, lastPulledAt };
}
