/** The file that --ca-file names. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../errors/errors.ts';

/** Its PEM text; @throws InputError REQUEST_INVALID when it cannot be read. */
export async function readAuthority(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `cannot read the certificate authority: ${path}`,
      wayOut: 'name a readable PEM file with --ca-file',
      cause,
    });
  }
}
