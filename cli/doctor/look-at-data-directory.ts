/** Whether the data directory is there, ours, and nobody else's to read. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { adminTokenFileName } from '../token.ts';
import { type Finding, fine, problem, skipped } from './finding.ts';

const name = 'data directory';

/** Permission bits of group and others. */
const othersBits = 0o077;

/** The first thing wrong with the directory. */
export async function lookAtDataDirectory(directory: string): Promise<Finding> {
  const found = await stat(directory).catch(() => undefined);
  if (found === undefined) return skipped(name, `not there: ${directory}; \`serve\` makes it`);
  if (!found.isDirectory()) return problem(name, 'DATA_DIRECTORY_UNUSABLE', `no directory: ${directory}`);
  if (!(await isWritable(directory))) {
    return problem(name, 'DATA_DIRECTORY_UNUSABLE', `not readable and writable for you: ${directory}`);
  }
  for (const path of [directory, join(directory, adminTokenFileName)]) {
    const mode = (await stat(path).catch(() => undefined))?.mode ?? 0;
    if ((mode & othersBits) === 0) continue;
    return problem(name, 'DATA_DIRECTORY_UNUSABLE', `others may read it: ${path}`, `run: chmod go= ${path}`);
  }
  return fine(name, directory);
}

async function isWritable(path: string): Promise<boolean> {
  return access(path, constants.R_OK | constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}
