/** Results are kept in the repository, so that a change of them is seen in review. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Writes test/bench/results/NAME.json and answers its path. */
export async function writeResults(name: string, results: object): Promise<string> {
  const path = fileURLToPath(new URL(`./results/${name}.json`, import.meta.url));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(results, undefined, 2)}\n`);
  return path;
}
