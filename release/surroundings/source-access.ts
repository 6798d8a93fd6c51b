/** The source that is checked out: its files, and what git knows of it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { askProgram } from '../builders/program/ask-program.ts';
import type { SourceAccess } from '../settings/read-release-request.ts';
import type { Environment } from './environment.ts';
import type { RunGit } from './run-git.ts';

/** Access to the directory; git is given the environment. */
export function openSourceAccess(source: {
  readonly cwd: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}): SourceAccess & { readonly runGit: RunGit } {
  return {
    readFile: (path) => readFile(resolve(source.cwd, path), 'utf8'),
    runGit: async (words) => {
      const asked = await askProgram('git', words, source);
      return asked.kind === 'answered' ? asked.answer.replace(/\r?\n$/, '') : undefined;
    },
  };
}
