/**
 * A lock file: it names the process that holds it, so that the lock of a process that died is taken over.
 *
 * Node has no flock. A process is known by its host, its number and when it started: numbers are used again, in a
 * container even at once. Of a process on another host (two containers with one volume) nothing can be known; its
 * lock stands until somebody removes the file.
 */
import { randomUUID } from 'node:crypto';
import { link, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseJson, parseObject } from '../json-object.ts';
import { isErrno, readFileIfPresent } from './durable-file.ts';
import { readProcessStart } from './process-start.ts';

/** The process named in a lock file. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** Boot and tick at which the kernel started it; undefined where there is no /proc. */
  readonly started: string | undefined;
}

export type LockOutcome =
  | { readonly acquired: true; readonly release: () => Promise<void> }
  | { readonly acquired: false; readonly holder: LockHolder };

/** Takes the lock, or says who holds it. It does not wait. */
export async function acquireProcessLock(path: string): Promise<LockOutcome> {
  const self = await ownHolder();
  if (await place(path, self)) return held(path, self);
  const holder = await readHolder(path);
  if (holder !== undefined && (await isAlive(holder, self.host))) return { acquired: false, holder };
  return takeOver(path, self, holder);
}

/** Whether the lock file still names this process. */
export async function holdsProcessLock(path: string): Promise<boolean> {
  const [self, holder] = await Promise.all([ownHolder(), readHolder(path)]);
  return isSame(holder, self);
}

async function ownHolder(): Promise<LockHolder> {
  return { host: hostname(), pid: process.pid, started: await startOf(process.pid) };
}

/**
 * Replaces a dead process's lock. Two processes may find it at once, so the replacing is itself guarded, and the lock
 * is judged again under the guard.
 */
async function takeOver(path: string, self: LockHolder, dead: LockHolder | undefined): Promise<LockOutcome> {
  const guard = `${path}.taking-over`;
  if (!(await place(guard, self))) return yieldTo(guard, self, dead);
  try {
    const holder = await readHolder(path);
    if (holder !== undefined && (await isAlive(holder, self.host))) return { acquired: false, holder };
    await rm(path, { force: true });
    if (await place(path, self)) return held(path, self);
    return { acquired: false, holder: (await readHolder(path)) ?? self };
  } finally {
    await rm(guard, { force: true });
  }
}

/** Somebody else is at it, or died at it: then the next attempt finds the way free. */
async function yieldTo(guard: string, self: LockHolder, dead: LockHolder | undefined): Promise<LockOutcome> {
  const holder = await readHolder(guard);
  if (holder !== undefined && !(await isAlive(holder, self.host))) await rm(guard, { force: true });
  return { acquired: false, holder: holder ?? dead ?? self };
}

/** Somebody may have removed the lock, and another process taken it: then it is that one's. */
function held(path: string, self: LockHolder): LockOutcome {
  return {
    acquired: true,
    async release() {
      if (isSame(await readHolder(path), self)) await rm(path, { force: true });
    },
  };
}

function isSame(one: LockHolder | undefined, other: LockHolder): boolean {
  return one?.host === other.host && one.pid === other.pid && one.started === other.started;
}

/** Puts the lock there with its content in one step; false when there is one. An empty lock is thus never a live one. */
async function place(path: string, holder: LockHolder): Promise<boolean> {
  const prepared = `${path}.${randomUUID()}`;
  try {
    await writeFile(prepared, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
    await link(prepared, path);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(prepared, { force: true });
  }
}

async function readHolder(path: string): Promise<LockHolder | undefined> {
  const text = await readFileIfPresent(path);
  return text === undefined ? undefined : parseHolder(text.toString('utf8'));
}

function parseHolder(text: string): LockHolder | undefined {
  const { host, pid, started } = parseObject(parseJson(text)) ?? {};
  if (typeof host !== 'string' || typeof pid !== 'number') return undefined;
  return { host, pid, started: typeof started === 'string' ? started : undefined };
}

async function isAlive(holder: LockHolder, ownHost: string): Promise<boolean> {
  if (holder.host !== ownHost) return true;
  if (!isRunning(holder.pid)) return false;
  const started = await startOf(holder.pid);
  return started === undefined || holder.started === undefined || started === holder.started;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isErrno(error, 'EPERM');
  }
}

/** Boot and start tick of a process; another text for a dead one that is not yet buried. */
async function startOf(pid: number): Promise<string | undefined> {
  const start = await readProcessStart(pid);
  return typeof start === 'object' ? `${start.boot}:${start.tick}` : start;
}
