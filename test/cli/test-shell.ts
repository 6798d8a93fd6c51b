/** The command line in this process: words in, exit code and both outputs out. */
import { randomUUID } from 'node:crypto';
import { runCommandLine } from '../../cli/command-line.ts';
import { paletteFor } from '../../cli/render/colour.ts';
import type { Look } from '../../cli/render/look.ts';
import type { Environment, Output, Shell } from '../../cli/shell.ts';

/** A look without colour; 80 columns and Unicode unless told otherwise. */
export function lookOf(
  changes: { readonly columns?: number | undefined; readonly unicode?: boolean; readonly colour?: boolean } = {},
): Look {
  return {
    palette: paletteFor(changes.colour ?? false),
    columns: 'columns' in changes ? changes.columns : 80,
    unicode: changes.unicode ?? true,
  };
}

export interface RunOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  /** Answers to the questions, in order: with them there is a terminal. */
  readonly answers?: readonly string[];
  readonly tty?: boolean;
  /** What comes on the standard input. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

export interface Ran {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly questions: readonly string[];
}

/** What the words come to. */
export async function runWords(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { shell, stdout, stderr, questions } = openTestShell(options);
  const exitCode = await runCommandLine(shell, words, '9.9.9');
  return { exitCode, stdout: stdout(), stderr: stderr(), questions };
}

/** A shell whose outputs are kept, and whose questions have their answers. */
export function openTestShell(options: RunOptions = {}) {
  const stdout = keep(options.tty ?? false);
  const stderr = keep(options.tty ?? false);
  const questions: string[] = [];
  const answers = [...(options.answers ?? [])];
  const ask = async (question: string) => {
    questions.push(question);
    return answers.shift() ?? '';
  };
  const shell: Shell = {
    stdout: stdout.output,
    stderr: stderr.output,
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
    nodeVersion: '24.21.0',
    ask: options.answers === undefined ? undefined : ask,
    askSecret: options.answers === undefined ? undefined : ask,
    readInput: async () => options.input ?? '',
    signal: options.signal ?? new AbortController().signal,
    now: () => Date.now(),
    newId: () => randomUUID(),
  };
  return { shell, stdout: stdout.text, stderr: stderr.text, questions };
}

function keep(isTty: boolean) {
  let kept = '';
  const output: Output = {
    write: (text) => {
      kept += text;
    },
    isTty,
    look: () => lookOf({ columns: isTty ? 100 : undefined }),
  };
  return { output, text: () => kept };
}
