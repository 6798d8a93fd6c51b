/** Certificate authorities of one's own, for everything that the step asks over TLS. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import * as tls from 'node:tls';
import { InputError } from '../errors/errors.ts';
import type { Runner } from './runner.ts';

/**
 * From now on the authorities of the file are trusted besides those of the system. Node versions before 24.5 cannot be
 * told after they have started; there the variable NODE_EXTRA_CA_CERTS of the runner does it, and a warning says so.
 * @throws InputError SETTING_INVALID when the file cannot be read.
 */
export async function trustAuthorities(runner: Runner, path: string | undefined): Promise<void> {
  if (path === undefined) return;
  const authorities = await readFile(resolve(runner.cwd, path), 'utf8').catch((cause: unknown) => {
    throw new InputError({
      code: 'SETTING_INVALID',
      message: `ca-file: the file cannot be read: ${path}`,
      wayOut: 'name a readable PEM file, from the workspace or in full',
      cause,
    });
  });
  if (typeof tls.setDefaultCACertificates === 'function') {
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), authorities]);
    return;
  }
  runner.annotate({
    kind: 'warning',
    title: 'ca-file',
    message:
      'this Node trusts ca-file for registries alone: set NODE_EXTRA_CA_CERTS where the runner starts, or update it',
  });
}
