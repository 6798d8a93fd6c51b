/** The rules by which files stay out of a build. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type IgnoreRules, readIgnoreFile } from './ignore-file.ts';

/** Name of the file in the context; whoever builds from plain files leaves it out as well. */
export const ignoreFileName = '.dockerignore';

/**
 * The rules of the first of these that is there: one beside the Dockerfile that has its name, `.containerignore`, which
 * only buildah and podman know, and `.dockerignore`. Without any, nothing is ignored.
 */
export async function readIgnoreRules(
  context: string,
  {
    file,
    knowsContainerignore = false,
  }: { readonly file?: string | undefined; readonly knowsContainerignore?: boolean } = {},
): Promise<IgnoreRules> {
  const own =
    file === undefined ? [] : [`${file}.dockerignore`, ...(knowsContainerignore ? [`${file}.containerignore`] : [])];
  const common = knowsContainerignore ? ['.containerignore', ignoreFileName] : [ignoreFileName];
  for (const path of [...own, ...common.map((name) => join(context, name))]) {
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return readIgnoreFile(text);
  }
  return readIgnoreFile('');
}
