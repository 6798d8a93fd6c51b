/** Asking a program something that it answers at once. */
import type { BuildParts } from '../builder.ts';
import { causeIn, openLastLines } from './last-lines.ts';
import { runProgram } from './run-program.ts';

/** What the program wrote on its standard output, or why it wrote nothing. */
export type Asked =
  | { readonly kind: 'answered'; readonly answer: string }
  | { readonly kind: 'failed'; readonly why: string };

/** How long an answer is waited for, in milliseconds; a daemon that hangs must not stop the search for another builder. */
const answerMs = 15_000;

/** Asks it; whatever goes wrong is an answer too, save that the caller wants no more. */
export async function askProgram(
  program: string,
  words: readonly string[],
  { env, cwd, signal }: Pick<BuildParts, 'env' | 'cwd' | 'signal'>,
): Promise<Asked> {
  const last = openLastLines();
  const limit = AbortSignal.timeout(answerMs);
  const run = { program, words, env, cwd, signal: AbortSignal.any([signal, limit]), onLine: last.add };
  try {
    const end = await runProgram(run);
    if (end.kind === 'missing') return { kind: 'failed', why: `there is no program ${program}` };
    if (end.exitCode === 0) return { kind: 'answered', answer: end.stdout };
    return { kind: 'failed', why: `${program}: ${causeIn(last.list()) || `exit code ${end.exitCode}`}` };
  } catch (error) {
    signal.throwIfAborted();
    const why = limit.aborted ? `no answer within ${answerMs} ms` : String(error);
    return { kind: 'failed', why: `${program}: ${why}` };
  }
}
