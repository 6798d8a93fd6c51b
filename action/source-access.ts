/** The source of the job: its files, and what git knows of it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { askProgram } from '../release/builders/program/ask-program.ts';
import type { SourceAccess } from '../release/settings/read-release-request.ts';
import type { RunGit } from '../release/surroundings/run-git.ts';
import { childEnvironment } from './child-environment.ts';
import type { Runner } from './runner.ts';

/** Access to the workspace of the job. */
export function openSourceAccess(runner: Runner): SourceAccess & { readonly runGit: RunGit } {
  const { cwd, signal } = runner;
  const env = childEnvironment(runner.env, {});
  return {
    readFile: (path) => readFile(resolve(cwd, path), 'utf8'),
    runGit: async (words) => {
      const asked = await askProgram('git', words, { env, cwd, signal });
      return asked.kind === 'answered' ? asked.answer.replace(/\r?\n$/, '') : undefined;
    },
  };
}
