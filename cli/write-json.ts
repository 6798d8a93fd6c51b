/** JSON on stdout, as `--json` promises: one document, indented, in the API's shapes. */
import type { Shell } from './shell.ts';

/** Writes one document. */
export function writeJson(shell: Shell, document: unknown): void {
  shell.stdout.write(`${JSON.stringify(document, undefined, 2)}\n`);
}
