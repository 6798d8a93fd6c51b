/** Certificates for single registries, from the directories in which container tools look for them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import type { ClientCertificate } from './tls-context.ts';

/** What the directory of one registry holds, for a client to be opened with. */
export interface HostCertificates {
  /** PEM of all its authorities. */
  readonly ca?: string;
  readonly clientCertificate?: ClientCertificate;
}

/**
 * What the first directory that knows `host[:port]` has for it: authorities in files that end in `.crt`, and the first
 * certificate in one that ends in `.cert`, with its key in the one that ends in `.key` instead.
 *
 * Spec: containers-certs.d(5), "Directory Structure"; docker has the same layout.
 * @throws InputError CREDENTIALS_INVALID when a file cannot be read, or a certificate has no key.
 */
export async function readHostCertificates(directories: readonly string[], host: string): Promise<HostCertificates> {
  for (const directory of directories) {
    const own = join(directory, host);
    const names = await readdir(own).catch(() => []);
    if (names.length > 0) return await readCertificates(own, names.sort());
  }
  return {};
}

/** Directories that may have one for a registry: of the user, of podman and its relatives, of docker. */
export function certificateDirectories(environment: Readonly<Record<string, string | undefined>>): readonly string[] {
  const home = environment['HOME'] || undefined;
  const config = environment['XDG_CONFIG_HOME'] || (home && join(home, '.config'));
  const own = config === undefined ? [] : [join(config, 'containers', 'certs.d')];
  return [...own, '/etc/containers/certs.d', '/etc/docker/certs.d'];
}

async function readCertificates(directory: string, names: readonly string[]): Promise<HostCertificates> {
  const read = async (name: string): Promise<string> => {
    const path = join(directory, name);
    return await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new InputError({ code: 'CREDENTIALS_INVALID', message: `file cannot be read: ${path}`, cause });
    });
  };
  const authorities = await Promise.all(names.filter((name) => name.endsWith('.crt')).map(read));
  const certificate = names.find((name) => name.endsWith('.cert'));
  const ca = authorities.length === 0 ? {} : { ca: authorities.join('\n') };
  if (certificate === undefined) return ca;
  const cert = await read(certificate);
  const key = await read(certificate.replace(/\.cert$/, '.key'));
  return { ...ca, clientCertificate: { cert, key } };
}
