/**
 * Lets the callable workflows use the Action of their own version; with --check it only says whether they do.
 *
 * Run with `npm run docs`. A workflow of another repository cannot name the Action beside it by a path, and no expression
 * may stand behind `uses:`; so whoever calls release.yml at a version, or at its commit, gets the Action of that version.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The name by which others use the Action and call the workflows. */
export const ownAction = 'org/registry-action';

/** The text of a workflow with the Action in this version. */
export function stampWorkflow(text: string, version: string): string {
  const use = new RegExp(`(uses: ${ownAction})@\\S+`, 'g');
  return text.replaceAll(use, `$1@v${version}`);
}

if (import.meta.main) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  const folder = join(root, '.github', 'workflows');
  const { version }: { readonly version: string } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    const text = readFileSync(path, 'utf8');
    const stamped = stampWorkflow(text, version);
    if (!process.argv.includes('--check')) writeFileSync(path, stamped);
    else if (stamped !== text) {
      console.error(`${path} does not use ${ownAction}@v${version}, as package.json has it: run \`npm run docs\``);
      process.exitCode = 1;
    }
  }
}
