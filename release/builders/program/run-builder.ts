/** Running a builder: its lines go to whoever listens, its failure is an error that says why. */
import { InputError } from '../../../errors/errors.ts';
import { redact } from '../../../errors/redact.ts';
import type { BuilderName, BuildParts } from '../builder.ts';
import { causeIn, openLastLines } from './last-lines.ts';
import type { Redactor } from './redactor.ts';
import { type ProgramEnd, runProgram } from './run-program.ts';

/** One command of a builder. */
export interface BuilderCommand {
  readonly builder: BuilderName;
  readonly program: string;
  readonly words: readonly string[];
  /** Variables beside those of the parts. */
  readonly env?: Readonly<Record<string, string>>;
  /** Takes the secrets of this build out of whatever is said. */
  readonly redactor?: Redactor;
}

/**
 * What the command wrote on its standard output.
 * @throws InputError BUILD_FAILED with the last lines in `fields.lastLines`, BUILDER_MISSING; the signal's reason.
 */
export async function runBuilder(command: BuilderCommand, parts: BuildParts): Promise<string> {
  const { builder, program, words, redactor = (text) => text } = command;
  const last = openLastLines();
  const onLine = (line: string) => {
    const said = redactor(line);
    last.add(redact(said));
    parts.onOutput(said);
  };
  const { cwd, signal } = parts;
  const env = { ...parts.env, ...command.env };
  const end = await runProgram({ program, words, env, cwd, signal, onLine }).catch((cause: unknown): ProgramEnd => {
    signal.throwIfAborted();
    throw failed(builder, 'could not be started', [], cause);
  });
  if (end.kind === 'missing') throw programMissing(builder, program);
  if (end.exitCode === 0) return end.stdout;
  const how = end.exitCode === undefined ? 'was ended by a signal' : `ended with exit code ${end.exitCode}`;
  throw failed(builder, how, last.list(), undefined, end.exitCode);
}

/** The error for a program that is not on PATH. */
export function programMissing(builder: BuilderName, program: string): InputError {
  const wayOut = `install ${program}, or set builder to one that is there`;
  return new InputError({
    code: 'BUILDER_MISSING',
    message: `no program ${program} for the builder ${builder}`,
    wayOut,
  });
}

function failed(
  builder: BuilderName,
  how: string,
  lastLines: readonly string[],
  cause?: unknown,
  exitCode?: number,
): InputError {
  const why = causeIn(lastLines) || (cause instanceof Error ? cause.message : '');
  const message = `${builder} ${how}${why === '' ? '' : `: ${why}`}`;
  return new InputError({ code: 'BUILD_FAILED', message, cause, fields: { builder, exitCode, lastLines } });
}
