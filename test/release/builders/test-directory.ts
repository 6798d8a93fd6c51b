/** A directory of a test's own, with files in it. */
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TestDirectory {
  readonly path: string;
  close(): Promise<void>;
}

/** A file's text or bytes; a program that may be run; or what a link leads to. */
export type TestFile = string | Uint8Array | { readonly program: string } | { readonly link: string };

/** A new directory with an empty directory `scratch`, and with the files. */
export async function openTestDirectory(files: Readonly<Record<string, TestFile>> = {}): Promise<TestDirectory> {
  const path = await mkdtemp(join(tmpdir(), 'builders-'));
  await mkdir(join(path, 'scratch'));
  await writeFiles(path, files);
  return { path, close: () => rm(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/**
 * Writes the files below the directory, with the modes that most people's files have; a name that ends with a slash is an
 * empty directory.
 */
export async function writeFiles(directory: string, files: Readonly<Record<string, TestFile>>): Promise<void> {
  for (const [name, file] of Object.entries(files)) {
    const place = join(directory, name);
    await makeDirectory(name.endsWith('/') ? place : dirname(place));
    if (name.endsWith('/')) continue;
    if (typeof file === 'string' || file instanceof Uint8Array) await writeOne(place, file, 0o644);
    else if ('link' in file) await symlink(file.link, place);
    else await writeOne(place, file.program, 0o755);
  }
}

async function writeOne(place: string, content: string | Uint8Array, mode: number): Promise<void> {
  await writeFile(place, content);
  await chmod(place, mode);
}

async function makeDirectory(place: string): Promise<void> {
  const first = await mkdir(place, { recursive: true });
  if (first === undefined) return;
  for (let at = place; at.length >= first.length; at = dirname(at)) await chmod(at, 0o755);
}
