/** Where a service on this machine keeps everything. */
import { resolve } from 'node:path';
import type { Shell } from './shell.ts';

/** Where `serve` keeps everything unless told otherwise. */
export const defaultDataDirectory = '.registry-action';

/** The data directory, absolute. */
export function dataDirectoryOf(shell: Shell, flags: { readonly data?: string }): string {
  return resolve(shell.cwd, flags.data ?? (shell.env['REGISTRY_ACTION_DATA'] || defaultDataDirectory));
}
