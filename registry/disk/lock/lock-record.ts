/** What a lock file says of the process that holds it, and whether that process lives, as far as it shows from here. */
import { randomUUID } from 'node:crypto';
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { parseJson, parseObject } from '../../json-object.ts';
import { isErrno } from '../durable-file.ts';
import { readProcessStart } from './process-start.ts';

/** The process named in a lock file. */
export interface LockHolder {
  readonly host: string;
  readonly pid: number;
  /** Boot and tick at which the kernel started it; undefined where there is no /proc. */
  readonly started: string | undefined;
  /** In which its number counts, as the kernel names it; undefined where there is no /proc, and in files of older programs. */
  readonly namespace: string | undefined;
  /** What its installation is called, as /etc/machine-id says; undefined without one, and in files of older programs. */
  readonly machine: string | undefined;
  /** How often it touches the file to prove that it lives; undefined in files of older programs, which do not. */
  readonly beatMs: number | undefined;
}

/** Further apart than this nobody beats: what says so was not written by us. */
const beatMsMax = 60_000;

/** The namespace that a kernel starts with, outside of all containers. Source: Linux, include/linux/proc_ns.h, PROC_PID_INIT_INO. */
const firstNamespace = 'pid:[4026531836]';

/** This process. */
export async function ownHolder(beatMs: number): Promise<LockHolder> {
  const namespace = await readlink('/proc/self/ns/pid').catch(() => undefined);
  const machine = (await readFile('/etc/machine-id', 'utf8').catch(() => '')).trim() || undefined;
  return { host: hostname(), pid: process.pid, started: await startOf(process.pid), namespace, machine, beatMs };
}

/** The content of a lock file, like no other. */
export function formatHolder(holder: LockHolder): string {
  return `${JSON.stringify({ ...holder, id: randomUUID() })}\n`;
}

/** Undefined for a file that was cut off. */
export function parseHolder(text: string): LockHolder | undefined {
  const { host, pid, started, namespace, machine, beatMs } = parseObject(parseJson(text)) ?? {};
  if (typeof host !== 'string' || typeof pid !== 'number') return undefined;
  return {
    ...{ host, pid },
    started: typeof started === 'string' ? started : undefined,
    namespace: typeof namespace === 'string' ? namespace : undefined,
    machine: typeof machine === 'string' ? machine : undefined,
    beatMs: typeof beatMs === 'number' && beatMs > 0 && beatMs <= beatMsMax ? beatMs : undefined,
  };
}

/** `unknown` when its number says nothing here, and it proves by itself whether it lives. */
export async function judgeHolder(holder: LockHolder, self: LockHolder): Promise<'alive' | 'dead' | 'unknown'> {
  if (isInSight(holder, self)) return (await isAlive(holder)) ? 'alive' : 'dead';
  if (isOfEarlierBoot(holder, self)) return 'dead';
  return holder.beatMs === undefined ? 'alive' : 'unknown';
}

/**
 * Whether its number means the same process to us. The kernel gives the name of a namespace to another one only when no
 * process is left in the first; names of hosts are given by people, but older programs and other systems know no more.
 */
function isInSight(holder: LockHolder, self: LockHolder): boolean {
  const isByHost = holder.beatMs === undefined || (holder.namespace ?? self.namespace) === undefined;
  if (isByHost) return holder.host === self.host;
  const boot = bootOf(self);
  return boot !== undefined && bootOf(holder) === boot && holder.namespace === self.namespace;
}

/**
 * Whether this machine was started anew since, and the holder ended with it. Only outside of containers is there one
 * installation to a kernel: images may bring the name of theirs along.
 */
function isOfEarlierBoot(holder: LockHolder, self: LockHolder): boolean {
  const isHere = holder.machine !== undefined && holder.machine === self.machine && holder.host === self.host;
  const isOutside = [holder, self].every(({ namespace }) => namespace === firstNamespace);
  const boots = [holder, self].map(bootOf);
  return isHere && isOutside && !boots.includes(undefined) && boots[0] !== boots[1];
}

function bootOf({ started }: LockHolder): string | undefined {
  return started?.split(':')[0];
}

async function isAlive(holder: LockHolder): Promise<boolean> {
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
