/** A tag of the embedded registry, as a command line names it, and the connection to its own resources. */
import type { RegistryAdmin } from '../../api/client/registry-admin.ts';
import { isLoopbackHost } from '../../api/loopback.ts';
import { type TagHistory, tagHistorySchema, tagResourcePath } from '../../api/registry/tag-history.ts';
import { InputError, NotFoundError, TransportError } from '../../errors/errors.ts';
import { parseReference } from '../../oci/spec/reference.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { dataDirectoryOf } from '../data-directory.ts';
import { formatRepository, type Location, parseLocation } from '../location.ts';
import { openRegistryConnection, type RegistryConnectionFlags } from '../registry/registry-connection.ts';
import { readServedRegistry } from '../served-registry.ts';
import type { Shell } from '../shell.ts';
import { namesRegistry } from './written-registry.ts';

export interface TagFlags extends RegistryConnectionFlags {
  readonly json: boolean;
}

export interface TagConnection {
  readonly admin: RegistryAdmin;
  readonly repository: RepositoryName;
  readonly tag: Tag;
  /** `REPOSITORY:TAG` as it was written. */
  readonly written: string;
}

/** Stands for the registry that is served here where a reference has none. */
const servedHere = 'localhost';

/**
 * Runs the work on the tag that the text names, such as `dev/web:latest` or `registry.example.com/web:latest`.
 * @throws InputError REFERENCE_INVALID; NotFoundError TAG_HISTORY_ABSENT when the registry is none of ours.
 */
export async function withTag<Result>(
  shell: Shell,
  written: string,
  flags: RegistryConnectionFlags,
  work: (opened: TagConnection) => Promise<Result>,
): Promise<Result> {
  const location = parseTagLocation(shell, written);
  const { tag } = location;
  if (tag === undefined || location.digest !== undefined) {
    const message = `a tag is wanted: ${written}`;
    throw new InputError({ code: 'REFERENCE_INVALID', message, wayOut: 'write REPOSITORY:TAG' });
  }
  if (location.kind === 'layout') throw historyAbsent(formatRepository(location));
  const admin = await connect(shell, location.registry, flags);
  try {
    return await work({ admin, repository: location.repository, tag, written });
  } catch (error) {
    if (isForeign(error)) throw historyAbsent(admin.url, error);
    throw error;
  } finally {
    await admin.close();
  }
}

/** One page of the tag's history: the newest moves, or those before a number. */
export function fetchHistory(
  { admin, repository, tag }: TagConnection,
  page: { readonly before?: number; readonly moves?: number },
  signal: AbortSignal,
): Promise<TagHistory> {
  const query = new URLSearchParams();
  if (page.before !== undefined) query.set('before', String(page.before));
  if (page.moves !== undefined) query.set('n', String(page.moves));
  const path = `${tagResourcePath(repository, tag, 'history')}${query.size === 0 ? '' : `?${query}`}`;
  return admin.request({ method: 'GET', path, schema: tagHistorySchema, signal });
}

function parseTagLocation(shell: Shell, written: string): Location {
  if (namesRegistry(written) || written.startsWith('oci:')) return parseLocation(written, shell.cwd);
  try {
    return { kind: 'registry', ...parseReference(`${servedHere}/${written}`) };
  } catch {
    throw new InputError({ code: 'REFERENCE_INVALID', message: `not REPOSITORY:TAG: ${JSON.stringify(written)}` });
  }
}

/**
 * The token of the environment goes to a registry of this machine, and elsewhere only where a flag says so: a mistyped
 * name must not give it to others.
 */
async function connect(shell: Shell, registry: string, flags: RegistryConnectionFlags): Promise<RegistryAdmin> {
  if (registry === servedHere || flags.registry !== undefined) return openRegistryConnection(shell, flags);
  const served = await readServedRegistry(dataDirectoryOf(shell, flags));
  const isHere = isLoopbackHost(new URL(`http://${registry}`).hostname);
  const scheme = served.schemeOf(registry) ?? (isHere ? 'http:' : 'https:');
  const isMeant = isHere || served.schemeOf(registry) !== undefined || flags.tokenFile !== undefined;
  const env = isMeant ? shell.env : { ...shell.env, REGISTRY_ACTION_TOKEN: undefined };
  return openRegistryConnection({ ...shell, env }, { ...flags, registry: `${scheme}//${registry}` });
}

function isForeign(error: unknown): boolean {
  return error instanceof TransportError && error.code === 'SERVICE_ANSWER_INVALID';
}

function historyAbsent(where: string, cause?: unknown): NotFoundError {
  return new NotFoundError({
    code: 'TAG_HISTORY_ABSENT',
    message: `no history of tags is kept there: ${where}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
