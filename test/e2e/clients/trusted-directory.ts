/** The directories in which container tools look for the authority of a registry, by its host and port. */
import { cp, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

export interface TrustedDirectory {
  readonly path: string;
  /** Takes the authority away again. */
  close(): Promise<void>;
}

/** Places the authority for the host below the root, such as `/etc/docker/certs.d`. */
export async function trustBelow(root: string, host: string, caFile: string): Promise<TrustedDirectory> {
  const directory = join(root, host);
  await mkdir(directory, { recursive: true });
  await cp(caFile, join(directory, 'ca.crt'));
  return { path: directory, close: () => rm(directory, { recursive: true, force: true }) };
}
