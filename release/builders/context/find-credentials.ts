/** Credentials that lie where a build would take them into the image. */
import type { Dirent } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { BuilderName, BuildRequest } from '../builder.ts';
import { isLocalContext } from '../request/build-context.ts';
import { type CredentialsKind, credentialsFiles } from './credentials-files.ts';
import type { IgnoreRules } from './ignore-file.ts';
import { readIgnoreRules } from './read-ignore-rules.ts';

/** A file that should not be in an image. */
export interface FoundCredentials {
  /** From the context, with slashes. */
  readonly path: string;
  readonly kind: CredentialsKind;
}

/** What is looked at before the search ends: it must not take longer than a builder takes to send the context. */
const entriesMax = 200_000;

/** Largest file that is read, in bytes: credentials have some hundred. */
const sizeBytesMax = 256 * 1024;

/** Directories that hold what others wrote, and much of it. */
const foreignDirectories = ['node_modules'];

/**
 * What is in the context, is known to hold credentials, and is kept out by no ignore file that the builder knows: sorted
 * by path. Whether the build really copies it into the image only its Dockerfile says. A context that is no directory of
 * this machine has none, and so has an image that is not built.
 */
export async function findCredentials(
  { context, file, ready }: Pick<BuildRequest, 'context' | 'file' | 'ready'>,
  { cwd, builder, signal }: { readonly cwd: string; readonly builder: BuilderName; readonly signal: AbortSignal },
): Promise<readonly FoundCredentials[]> {
  const place = ready === undefined ? context : ready.kind === 'directory' ? ready.directory : undefined;
  if (place === undefined || !isLocalContext(place)) return [];
  const directory = resolve(cwd, place);
  const dockerfile = file === undefined ? join(directory, 'Dockerfile') : resolve(cwd, file);
  const knowsContainerignore = builder === 'buildah' || builder === 'podman';
  const rules = await readIgnoreRules(directory, builder === 'none' ? {} : { file: dockerfile, knowsContainerignore });
  const found: FoundCredentials[] = [];
  for await (const path of walkFiles(directory, rules, signal)) {
    const kind = await recognise(directory, path);
    if (kind !== undefined) found.push({ path, kind });
  }
  return found.toSorted((one, other) => (one.path < other.path ? -1 : 1));
}

/** By name alone, without asking for each file what it is: a context may have very many. */
async function* walkFiles(directory: string, rules: IgnoreRules, signal: AbortSignal): AsyncGenerator<string> {
  const waiting: string[] = [''];
  let count = 0;
  for (let above = waiting.pop(); above !== undefined && count < entriesMax; above = waiting.pop()) {
    signal.throwIfAborted();
    const entries = await listEntries(join(directory, above));
    count += entries.length;
    for (const entry of entries) {
      const path = above === '' ? entry.name : `${above}/${entry.name}`;
      if (entry.isDirectory() && isWorthALook(path, rules)) waiting.push(path);
      if (!entry.isDirectory() && !rules.isIgnored(path)) yield path;
    }
  }
}

/** Of what git keeps, only its configuration can have any, which lies at the top. */
function isWorthALook(path: string, rules: IgnoreRules): boolean {
  const [name = '', above] = path.split('/').reverse();
  if (foreignDirectories.includes(name) || above === '.git') return false;
  return !rules.isIgnored(path) || rules.mayHoldExceptions(path);
}

/** What cannot be read cannot be copied either; the builder says so. */
async function listEntries(directory: string): Promise<readonly Dirent[]> {
  return await readdir(directory, { withFileTypes: true }).catch(() => []);
}

async function recognise(directory: string, path: string): Promise<CredentialsKind | undefined> {
  const known = credentialsFiles.filter(({ name }) => name.test(path));
  if (known.length === 0) return undefined;
  const place = join(directory, path);
  const found = await stat(place).catch(() => undefined);
  if (found?.isFile() !== true || found.size === 0 || found.size > sizeBytesMax) return undefined;
  const text = await readFile(place, 'utf8').catch(() => '');
  return known.find(({ content }) => content === undefined || content.test(text))?.kind;
}
