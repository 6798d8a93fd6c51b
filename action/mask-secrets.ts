/** Everything that a step must not show, announced before it writes a line. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parsePairs } from '../release/settings/parse-entries.ts';
import { secretsOf } from '../release/settings/secrets-of.ts';
import type { Runner } from './runner.ts';

/** Largest file of a secret whose content is masked, in bytes; a larger one is no text that a log would repeat. */
const fileBytesMax = 256 * 1024;

/** Masks what the inputs have, what the variables hold that they name, and what the files hold that they name. */
export async function maskSecrets(runner: Runner, written: ReadonlyMap<string, string>): Promise<void> {
  for (const secret of secretsOf(written, runner.env)) runner.mask(secret);
  for (const path of secretFiles(written)) {
    // A file that is not there is told when it is needed.
    const content = await readFile(resolve(runner.cwd, path)).catch(() => undefined);
    if (content !== undefined && content.length <= fileBytesMax) runner.mask(content.toString('utf8'));
  }
}

function secretFiles(written: ReadonlyMap<string, string>): readonly string[] {
  try {
    return parsePairs(written.get('secret-files') ?? '').map(({ value }) => value);
  } catch {
    return []; // told with the other faults of the inputs
  }
}
