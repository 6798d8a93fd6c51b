/** Running a container tool: its last words kept for the error, its end awaited, ended when the demo ends. */
import { spawn } from 'node:child_process';
import { redact } from '../../errors/redact.ts';
import type { Environment } from '../shell.ts';

/** How much of what a tool says is kept, in characters: the end, where the error is. */
const outputCharactersMax = 4000;

export interface ProgramOptions {
  /** The whole environment of the program. */
  readonly env: Environment;
  readonly cwd: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** What the program wrote; throws an Error with its last line when it fails, is missing, or takes too long. */
export function runProgram(program: string, words: readonly string[], options: ProgramOptions): Promise<string> {
  const { cwd, timeoutMs } = options;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...words], {
      cwd,
      env: { ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal,
    });
    let output = '';
    let failure: Error | undefined;
    const keep = (chunk: unknown) => {
      output = (output + String(chunk)).slice(-outputCharactersMax);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => {
      failure = error;
    });
    child.on('close', (exitCode, endedBy) => {
      if (exitCode === 0 && failure === undefined) return resolve(output);
      const why = lastLine(output) || failure?.message || `ended with ${endedBy ?? exitCode}`;
      reject(new Error(`${program}: ${redact(why)}`, { cause: failure }));
    });
  });
}

function lastLine(output: string): string {
  return output.trim().split('\n').at(-1)?.trim() ?? '';
}
