/** The payload of the event that started the run. */
import { readFile } from 'node:fs/promises';
import type { Environment } from './environment.ts';

/** The JSON value in the file that GITHUB_EVENT_PATH names; undefined where there is none, or none that can be read. */
export async function readEvent(env: Environment): Promise<unknown> {
  const path = env['GITHUB_EVENT_PATH'];
  if (!path) return undefined;
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch {
    return undefined;
  }
}
