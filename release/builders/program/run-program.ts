/** Running a program of other people: its lines as they come, its end awaited, ended when it is no longer wanted. */
// @actions/exec cannot do this: it gives nothing to end the program by, looks for it on this process's PATH instead of
// the one it is given, and keeps back a last line without a line break, which is often the one that says why.
import { type ChildProcess, spawn } from 'node:child_process';
import { type LineReader, openLineReader } from './line-reader.ts';

export interface ProgramRun {
  readonly program: string;
  readonly words: readonly string[];
  /** The whole environment of the program, by whose PATH it is found. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** Every line of both outputs, as it comes, without its line break. */
  readonly onLine?: (line: string) => void;
}

/** How a program ended. */
export type ProgramEnd =
  | { readonly kind: 'ended'; readonly exitCode: number | undefined; readonly stdout: string }
  /** There is no such program. */
  | { readonly kind: 'missing' };

/** How much of what a program answers is kept, in characters: the beginning. Answers of builders have some thousand. */
const stdoutCharactersMax = 1024 * 1024;

/** How long a program may take to clean up when it is told to end, in milliseconds; a builder unmounts and reports. */
const graceMs = 10_000;

/** How long its outputs may stay open after its end, in milliseconds: something it left running may hold them. */
const outputsMs = 5_000;

/**
 * Runs the program to its end, whatever that is; `exitCode` is undefined when a signal ended it. It gets no input. What
 * it has started ends with it when the run is cancelled.
 * @throws the signal's reason, when the program has ended.
 */
export async function runProgram(run: ProgramRun): Promise<ProgramEnd> {
  const { program, words, cwd, signal, onLine = () => undefined } = run;
  signal.throwIfAborted();
  const child = spawn(program, [...words], {
    cwd,
    env: { ...run.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that what it has started can be ended along with it.
    detached: hasGroups,
    windowsHide: true,
  });
  const readers = [openLineReader(onLine), openLineReader(onLine)] as const;
  let stdout = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const text = readers[0].read(chunk);
    stdout += text.slice(0, stdoutCharactersMax - stdout.length);
  });
  child.stderr.on('data', (chunk: Buffer) => readers[1].read(chunk));
  const stopEnding = endWhenAborted(child, signal);
  try {
    const end = await awaitEnd(child, readers);
    signal.throwIfAborted();
    return end === 'missing' ? { kind: 'missing' } : { kind: 'ended', exitCode: end, stdout };
  } finally {
    stopEnding();
  }
}

/** Windows has no process groups. */
const hasGroups = process.platform !== 'win32';

function awaitEnd(child: ChildProcess, readers: readonly LineReader[]): Promise<number | undefined | 'missing'> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined | 'missing'>();
  let patience: NodeJS.Timeout | undefined;
  child.on('error', (error) => {
    if ('code' in error && error.code === 'ENOENT') resolve('missing');
    else reject(error);
  });
  child.on('exit', () => {
    patience = setTimeout(() => {
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, outputsMs);
  });
  child.on('close', (exitCode) => {
    clearTimeout(patience);
    for (const reader of readers) reader.end();
    resolve(exitCode ?? undefined);
  });
  return promise;
}

/** Tells the program to end when the signal is aborted, and makes it when it does not; returns what stops that. */
function endWhenAborted(child: ChildProcess, signal: AbortSignal): () => void {
  let force: NodeJS.Timeout | undefined;
  const end = () => {
    send(child, 'SIGTERM');
    force = setTimeout(() => send(child, 'SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', end, { once: true });
  return () => {
    signal.removeEventListener('abort', end);
    clearTimeout(force);
  };
}

function send(child: ChildProcess, name: 'SIGTERM' | 'SIGKILL'): void {
  if (child.pid === undefined) return;
  if (!hasGroups) {
    child.kill(name);
    return;
  }
  try {
    process.kill(-child.pid, name);
  } catch {
    // The whole group has ended meanwhile.
  }
}
