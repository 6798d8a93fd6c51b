/** The source that is checked out: its files, and what git knows of it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { SourceAccess } from '../settings/read-release-request.ts';
import type { RunGit } from './run-git.ts';

/** Access to the directory; whoever opens it says how git is run there. */
export function openSourceAccess(cwd: string, runGit: RunGit): SourceAccess & { readonly runGit: RunGit } {
  return { readFile: (path) => readFile(resolve(cwd, path), 'utf8'), runGit };
}
