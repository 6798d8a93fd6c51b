/** A directory of the step's own, below the runner's temporary one. What is secret or large lies there and nowhere else. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import type { Runner } from './runner.ts';

/** Begins the name of every such directory. */
const namePrefix = 'registry-action-';

/** State in which main leaves the path for post. */
const pathState = 'directory';

/**
 * A new directory that only this account can enter. The post part of the step knows of it before anything is in it, and
 * removes what a main part left that was killed.
 */
export async function openStepDirectory(runner: Runner): Promise<string> {
  await mkdir(runner.temporary, { recursive: true });
  const path = await mkdtemp(join(runner.temporary, namePrefix));
  runner.saveState(pathState, path);
  return path;
}

/** Removes the directory; links in it are removed and not followed. */
export async function removeStepDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}

/** Removes what main left; a path that is not one of ours is left alone. */
export async function removeLeftDirectory(runner: Runner): Promise<void> {
  const path = runner.state(pathState);
  const isOurs = basename(path).startsWith(namePrefix) && relative(runner.temporary, dirname(path)) === '';
  if (isOurs) await removeStepDirectory(path);
}
