/** Which process a process id means: ids are reused, so each is kept together with the time its process started. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { readProcessStart } from '../../registry/disk/lock/process-start.ts';

/** A process, told apart from an earlier or later one of the same id. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as its system writes it: only compared, never read. */
  readonly started: string;
}

/** The process of that id as it runs now; undefined when there is none (a zombie is none). */
export async function readProcessIdentity(pid: number): Promise<ProcessIdentity | undefined> {
  if (!isAlive(pid)) return undefined;
  const started = (await readLinuxStart(pid)) ?? (await readListedStart(pid));
  return started === undefined || started === '' ? undefined : { pid, started };
}

/** Whether this very process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  const now = await readProcessIdentity(identity.pid);
  return now?.started === identity.started;
}

/** A process identity from outside text; undefined when it is none. */
export function parseProcessIdentity(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('pid' in value) || !('started' in value)) return undefined;
    const { pid, started } = value;
    return Number.isSafeInteger(pid) && typeof pid === 'number' && pid > 0 && typeof started === 'string'
      ? { pid, started }
      : undefined;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // It runs, but belongs to somebody else.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** The boot's id beside the ticks since; '' for a zombie; undefined where there is no /proc. */
async function readLinuxStart(pid: number): Promise<string | undefined> {
  const start = await readProcessStart(pid);
  if (start === 'dead') return '';
  return start === undefined ? undefined : `${start.boot} ${start.tick}`;
}

async function readListedStart(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim();
  } catch {
    return undefined;
  }
}
