/** Opening an image layout that is there, to read from. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import { layoutFiles } from '../../../oci/store/layout-files.ts';
import { type FoundImage, findRoot } from './find-root.ts';

/**
 * The image in the directory, of which nothing is changed.
 * @throws InputError LAYOUT_INVALID when the directory is no layout, and what `findRoot` throws.
 */
export async function openReadyLayout(
  directory: string,
  tagOrDigest: string | undefined,
  signal: AbortSignal,
): Promise<FoundImage> {
  const marker = await readFile(join(directory, 'oci-layout'), 'utf8').catch(() => undefined);
  if (marker === undefined || !/"imageLayoutVersion" *: *"1\./.test(marker)) {
    const wayOut = 'name a directory that holds an OCI image layout of version 1.0.0';
    throw new InputError({ code: 'LAYOUT_INVALID', message: `not an OCI image layout: ${directory}`, wayOut });
  }
  return await findRoot(layoutFiles(directory), tagOrDigest, signal);
}
