/** Starting one part as a process of its own, and ending it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { assert, TransportError } from '../../errors/errors.ts';
import { type PartMessage, parsePartMessage } from '../process/part-message.ts';

/** How a part is started. Its secrets are in the environment or in files: command lines are public. */
export interface PartCommand {
  readonly program: string;
  readonly parameters: readonly string[];
  /** The whole environment of the process. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long it may take until it says that it works. */
  readonly readyTimeoutMs: number;
  /** How long it may take to close before it is killed. */
  readonly closeTimeoutMs: number;
}

/** How a process ended. */
export interface PartExit {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
}

/** A part that said it works. */
export interface RunningPart {
  readonly pid: number;
  readonly url: string | undefined;
  readonly exit: Promise<PartExit>;
  /** Ends it: asked first, killed after its deadline. Resolves when the process is gone. */
  close(): Promise<void>;
}

/**
 * Starts the part and resolves when it says that it works. Until then an aborted signal ends it.
 *
 * Its standard input is a pipe that we never write to: it closes when we die, however we die, and the part ends itself. The part leads
 * a process group of its own, so that Ctrl-C in a terminal reaches us alone and we close the parts in their order.
 *
 * @throws the error the part gave as its reason; TransportError PART_FAILED when it gave none, or nothing in time.
 */
export async function startPart(name: string, command: PartCommand, signal: AbortSignal): Promise<RunningPart> {
  signal.throwIfAborted();
  const child = spawn(command.program, [...command.parameters], {
    env: command.environment,
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  });
  const exit = ending(child, 'exit');
  const outputEnd = ending(child, 'close');
  await spawned(name, child);
  child.stdin.on('error', () => undefined);
  const { pid } = child;
  assert(pid !== undefined, 'a process that was started has an id');
  // What the part itself started (redis-server) is in its group and must not outlive it.
  void exit.then(() => killGroup(pid));
  const close = () => endProcess(child, pid, exit, command.closeTimeoutMs);
  try {
    // The end of the output, not of the process: the reason it gave may still be in the pipe.
    const url = await readiness(name, child, outputEnd, command.readyTimeoutMs, signal);
    return { pid, url, exit, close };
  } catch (error) {
    await close();
    signal.throwIfAborted();
    throw error;
  }
}

function ending(child: ChildProcess, event: 'exit' | 'close'): Promise<PartExit> {
  return new Promise((resolve) => {
    child.once(event, (exitCode: number | null, by: string | null) => {
      resolve({ exitCode: exitCode ?? undefined, signal: by ?? undefined });
    });
  });
}

async function spawned(name: string, child: ChildProcess): Promise<void> {
  try {
    await once(child, 'spawn');
  } catch (cause) {
    throw partFailed(name, 'its process cannot be created', cause);
  }
}

/** Where the part listens, once it works. */
async function readiness(
  name: string,
  child: ChildProcess,
  outputEnd: Promise<PartExit>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const given = new AbortController();
  const outcome = await Promise.race([
    firstMessage(child),
    outputEnd,
    delay(timeoutMs, 'late' as const, { signal: AbortSignal.any([given.signal, signal]), ref: false }),
  ]).finally(() => given.abort());
  if (outcome === 'late') throw partFailed(name, `it was not ready after ${timeoutMs / 1000} s`);
  if (!('kind' in outcome)) throw partFailed(name, formatExit(outcome));
  switch (outcome.kind) {
    case 'ready':
      return outcome.url;
    case 'failed':
      throw outcome.error;
  }
}

/** The first line that is a message; the rest of the output is read and dropped, so that the part never blocks on it. */
function firstMessage(child: ChildProcess): Promise<PartMessage> {
  const { stdout } = child;
  assert(stdout !== null, 'the output of a part is a pipe');
  return new Promise((resolve) => {
    createInterface({ input: stdout }).on('line', (line) => {
      const message = parsePartMessage(line);
      if (message !== undefined) resolve(message);
    });
  });
}

async function endProcess(child: ChildProcess, pid: number, exit: Promise<PartExit>, timeoutMs: number): Promise<void> {
  const timer = setTimeout(() => killGroup(pid), timeoutMs);
  child.kill('SIGTERM');
  await exit;
  clearTimeout(timer);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it: what we wanted.
    return;
  }
}

/** How a process ended, in words. */
export function formatExit(exit: PartExit): string {
  return exit.signal === undefined ? `it ended with exit code ${exit.exitCode}` : `it was ended by ${exit.signal}`;
}

function partFailed(name: string, why: string, cause?: unknown): TransportError {
  return new TransportError({
    code: 'PART_FAILED',
    message: `${name} did not start: ${why}`,
    cause,
    fields: { part: name },
  });
}
