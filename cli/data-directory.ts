/** Where a service on this machine keeps everything. */
import { resolve } from 'node:path';
import { TransportError } from '../errors/errors.ts';
import type { Shell } from './shell.ts';

/** Where `serve` keeps everything unless told otherwise. */
export const defaultDataDirectory = '.registry-action';

export interface DataFlags {
  readonly data?: string;
}

/** The data directory, absolute. */
export function dataDirectoryOf(shell: Shell, flags: DataFlags): string {
  return resolve(shell.cwd, namedDirectory(shell, flags) ?? defaultDataDirectory);
}

/**
 * Nothing, unless a data directory was named and nothing serves from it: whatever listens on the usual port is another
 * registry then, which must neither be shown this one's token nor be changed in its place.
 * @throws TransportError SERVICE_UNREACHABLE.
 */
export function assertServed(shell: Shell, flags: DataFlags, { isServed }: { readonly isServed: boolean }): void {
  if (isServed || namedDirectory(shell, flags) === undefined) return;
  const directory = dataDirectoryOf(shell, flags);
  throw new TransportError({
    code: 'SERVICE_UNREACHABLE',
    message: `nothing serves from ${directory}`,
    wayOut: 'start `registry-action serve` with this --data, or name the one that serves with --data or --registry',
  });
}

function namedDirectory(shell: Shell, { data }: DataFlags): string | undefined {
  return data ?? (shell.env['REGISTRY_ACTION_DATA'] || undefined);
}
