/** What a parsed command line comes to: one verb, run with the shell. */
import type { ExitCode } from './exit-code.ts';
import type { Shell } from './shell.ts';

/** Runs the verb a command line asks for and keeps its exit code. */
export type RunVerb = (verb: (shell: Shell) => Promise<ExitCode> | ExitCode) => Promise<void>;
