/** The payload of the event that started the run. */
import { readFile } from 'node:fs/promises';
import type { Runner } from './runner.ts';

/** The JSON value; undefined where the runner has none, or none that can be read. */
export async function readEvent(runner: Runner): Promise<unknown> {
  const path = runner.env['GITHUB_EVENT_PATH'];
  if (!path) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
