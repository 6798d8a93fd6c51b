/** Whether a reference on the command line names its registry, and which one is meant where it does not. */
import { dataDirectoryOf } from '../data-directory.ts';
import { readServedRegistry } from '../served-registry.ts';
import type { Shell } from '../shell.ts';

/** Whether the first part is a host and no part of a repository, as container tools tell them apart. */
export function namesRegistry(written: string): boolean {
  const [first = ''] = written.split('/');
  return written.includes('/') && (/[.:]/.test(first) || first === 'localhost');
}

/** The same with the registry that is served from the data directory, where none is written and one is served. */
export async function withServedRegistry(
  shell: Shell,
  written: string,
  flags: { readonly data?: string },
): Promise<string> {
  if (namesRegistry(written) || /^([./~]|oci:)/.test(written)) return written;
  const { url } = await readServedRegistry(dataDirectoryOf(shell, flags));
  return url === undefined ? written : `${new URL(url).host}/${written}`;
}
