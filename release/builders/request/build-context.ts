/** What is built: a directory of this machine, or an address that the builder fetches itself. */
import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputError } from '../../../errors/errors.ts';
import type { BuildParts, BuildRequest } from '../builder.ts';

export interface BuildContext {
  /** As builders take it: an absolute path, or the address. */
  readonly place: string;
  /** As builders take it: an absolute path, or a path within the address; undefined for the builder's own choice. */
  readonly file: string | undefined;
  readonly isLocal: boolean;
}

/** What container tools take for an address of sources. */
const address = /^(?:https?|git|ssh):\/\/|^git@|^github\.com\//;

/** Whether the context is on this machine. */
export function isLocalContext(context: string): boolean {
  return !address.test(context);
}

/**
 * The context, looked at as far as it is on this machine.
 * @throws InputError BUILD_INPUT_INVALID for a directory or file that is not there.
 */
export async function openBuildContext(
  { context, file }: Pick<BuildRequest, 'context' | 'file'>,
  { cwd }: Pick<BuildParts, 'cwd'>,
): Promise<BuildContext> {
  if (!isLocalContext(context)) return { place: context, file, isLocal: false };
  const place = resolve(cwd, context);
  const found = await stat(place).catch(() => undefined);
  if (found?.isDirectory() !== true) throw absent('directory to build from', context, 'context');
  if (file === undefined) return { place, file, isLocal: true };
  const path = resolve(cwd, file);
  const isThere = (await stat(path).catch(() => undefined))?.isFile() === true;
  if (!isThere) throw absent('file to build by', file, 'file, a path from the working directory');
  return { place, file: path, isLocal: true };
}

/** Path, from the working directory, of the file that a builder calls by its name within the context. */
export function nameSourceFile(name: string, { place, file, isLocal }: BuildContext, cwd: string): string {
  if (!isLocal) return name;
  const path = file !== undefined && basename(file) === basename(name) ? file : join(place, name);
  const short = relative(cwd, path);
  const isBelow = short !== '' && !short.startsWith('..') && !isAbsolute(short);
  return (isBelow ? short : path).split(sep).join('/');
}

function absent(what: string, path: string, setting: string): InputError {
  const wayOut = `correct ${setting}`;
  return new InputError({ code: 'BUILD_INPUT_INVALID', message: `no ${what}: ${path}`, wayOut });
}
