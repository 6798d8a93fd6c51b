/** How a failure is told: `error CODE: message` and the way out, on stderr; with `--json` as a document on stdout, too. */
import { CodedError } from '../errors/errors.ts';
import { redact } from '../errors/redact.ts';
import { type ExitCode, exitCodeOfError, exitCodes } from './exit-code.ts';
import { printable } from './render/width.ts';
import type { Shell } from './shell.ts';
import { writeJson } from './write-json.ts';

/** A failure in the three parts that are printed. */
export interface FailureText {
  readonly code: string;
  readonly message: string;
  readonly wayOut: string;
}

/** Prints what was thrown and returns the exit code for it. An interruption is told in one word, and is no document. */
export function reportFailure(shell: Shell, error: unknown, { json }: { readonly json: boolean }): ExitCode {
  if (shell.signal.aborted && !(error instanceof CodedError && exitCodeOfError(error) === exitCodes.invariant)) {
    shell.stderr.write('interrupted\n');
    return exitCodes.interrupted;
  }
  const failure = failureText(error);
  if (json) writeJson(shell, { error: failure });
  printFailure(shell, failure);
  if (exitCodeOfError(error) === exitCodes.invariant) printStack(shell, error);
  return exitCodeOfError(error);
}

/** Prints a failure that was not thrown, such as the end of a promotion. */
export function printFailure(shell: Shell, failure: FailureText): void {
  const { palette } = shell.stderr.look();
  const heading = `${palette.red(`error ${printable(failure.code)}:`)} ${messageLines(failure.message)}`;
  shell.stderr.write(`${heading}\n${palette.dim('way out:')} ${printable(failure.wayOut)}\n`);
}

/** The three parts of something thrown. */
export function failureText(error: unknown): FailureText {
  if (error instanceof CodedError) {
    const { code, message, wayOut } = error;
    return { code, message, wayOut };
  }
  const message = redact(error instanceof Error ? error.message : String(error));
  return { code: 'INVARIANT_BROKEN', message, wayOut: 'please report it with the text of the error' };
}

/** A message may list several faults, each on a line of its own. */
function messageLines(message: string): string {
  return message
    .split('\n')
    .map((line) => printable(line))
    .join('\n');
}

function printStack(shell: Shell, error: unknown): void {
  const stack = error instanceof Error ? error.stack : undefined;
  if (stack === undefined) return;
  shell.stderr.write(`${shell.stderr.look().palette.dim(redact(stack).split('\n').slice(1, 8).join('\n'))}\n`);
}
