/**
 * The private Redis that a killed process left behind. Two servers on one append-only file would destroy it, so each start leaves
 * a note of the server it runs, and the next start ends that server before it begins.
 */
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError } from '../../errors/errors.ts';
import { readFileIfPresent, writeFileDurably } from '../../registry/disk/durable-file.ts';
import {
  isRunning,
  type ProcessIdentity,
  parseProcessIdentity,
  readProcessIdentity,
} from '../process/process-identity.ts';

/** How long a server left behind may take to end on its own before it is killed. */
const leftoverCloseTimeoutMs = 3_000;

/** How long we wait for a killed one to disappear. */
const leftoverKillTimeoutMs = 5_000;

/** How often we look whether it is gone. */
const leftoverPollMs = 20;

/** Leaves the note for the server of that process id. */
export async function recordRunningRedis(directory: string, processId: number): Promise<void> {
  const identity = await readProcessIdentity(processId);
  if (identity === undefined) return;
  const path = notePath(directory);
  await writeFileDurably(path, JSON.stringify(identity), `${path}.${randomUUID()}`);
}

/** Takes the note away: the server has ended. */
export async function forgetRunningRedis(directory: string): Promise<void> {
  await rm(notePath(directory), { force: true });
}

/**
 * Ends the server of an earlier start in this directory, if it still runs.
 *
 * @throws ConflictError DATA_DIRECTORY_IN_USE when it cannot be ended.
 */
export async function closeLeftoverRedis(directory: string): Promise<void> {
  const leftover = await readNote(directory);
  if (leftover === undefined) return;
  const ended =
    (await endProcess(leftover, 'SIGTERM', leftoverCloseTimeoutMs)) ||
    (await endProcess(leftover, 'SIGKILL', leftoverKillTimeoutMs));
  if (!ended) {
    const message = `a redis of an earlier start still runs in ${directory}: process ${leftover.pid}`;
    throw new ConflictError({ code: 'DATA_DIRECTORY_IN_USE', message, fields: { pid: leftover.pid } });
  }
  await forgetRunningRedis(directory);
}

function notePath(directory: string): string {
  return join(directory, 'running.json');
}

async function readNote(directory: string): Promise<ProcessIdentity | undefined> {
  const note = await readFileIfPresent(notePath(directory));
  return note === undefined ? undefined : parseProcessIdentity(note.toString('utf8'));
}

/** Whether the process is gone when the time is over. */
async function endProcess(
  identity: ProcessIdentity,
  signal: 'SIGTERM' | 'SIGKILL',
  timeoutMs: number,
): Promise<boolean> {
  for (let waitedMs = 0; waitedMs <= timeoutMs; waitedMs += leftoverPollMs) {
    if (!(await isRunning(identity))) return true;
    if (waitedMs === 0) sendSignal(identity.pid, signal);
    await delay(leftoverPollMs);
  }
  return false;
}

/** A process that ended meanwhile, or belongs to somebody else, is told by whether it still runs. */
function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, signal);
  } catch {
    return;
  }
}
