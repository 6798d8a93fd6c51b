/** Everything in a directory, in one order on every machine. */

import type { Stats } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import type { IgnoreRules } from './ignore-file.ts';

/** A file, directory or link. */
export interface FoundEntry {
  /** Relative to the directory, with slashes. */
  readonly path: string;
  /** As this machine has it. */
  readonly place: string;
  readonly stats: Stats;
}

/** What a directory may hold. An image has some ten thousand files; a link to / is a mistake that must not run forever. */
const entriesMax = 1_000_000;

/**
 * Every entry that is not ignored, each directory before what is in it, names in the order of their code units. Links
 * are not followed.
 * @throws InputError BUILD_INPUT_INVALID when there are too many.
 */
export async function* walkDirectory(
  directory: string,
  rules: IgnoreRules,
  signal: AbortSignal,
): AsyncGenerator<FoundEntry> {
  let count = 0;
  /** Where to look next, the last one first: a stack, since directories nest as deep as somebody liked. */
  const waiting: string[] = [''];
  for (let above = waiting.pop(); above !== undefined; above = waiting.pop()) {
    signal.throwIfAborted();
    const place = join(directory, above);
    const stats = await lstat(place);
    const isIgnored = above !== '' && rules.isIgnored(above);
    if (above !== '' && !isIgnored) {
      count += 1;
      if (count > entriesMax) throw tooMany(directory);
      yield { path: above, place, stats };
    }
    if (!stats.isDirectory() || (isIgnored && !rules.mayHoldExceptions(above))) continue;
    const names = (await readdir(place)).sort(backwards);
    waiting.push(...names.map((name) => (above === '' ? name : `${above}/${name}`)));
  }
}

function backwards(one: string, other: string): number {
  return one < other ? 1 : -1;
}

function tooMany(directory: string): InputError {
  const message = `more than ${entriesMax} files: ${directory}`;
  return new InputError({ code: 'BUILD_INPUT_INVALID', message, wayOut: 'leave some out by a .dockerignore' });
}
