/** `tags REPOSITORY`: every tag of a repository with its digest, versions first and newest first. */
import { compareBuilds, readExactTag } from '../core/version.ts';
import { InputError, NotFoundError, RegistryError } from '../errors/errors.ts';
import type { Target } from '../oci/copy/target.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { dataDirectoryOf } from './data-directory.ts';
import { type ExitCode, exitCodes } from './exit-code.ts';
import { formatRepository, parseLocation } from './location.ts';
import { localCredentials } from './registry-credentials.ts';
import { type ListedTag, renderTags } from './render/tags.ts';
import { openRepositories, type RegistryFlags } from './repositories.ts';
import type { Shell } from './shell.ts';
import { withServedRegistry } from './tags/written-registry.ts';
import { writeJson } from './write-json.ts';

export interface TagsFlags extends RegistryFlags {
  readonly json: boolean;
}

/** How many tags are resolved at once: enough to hide the way there, few enough for a registry's limits. */
const resolvedAtOnce = 8;

/** Prints the tags of a repository; those that the registry has and cannot resolve are named on stderr. */
export async function tags(shell: Shell, written: string, flags: TagsFlags): Promise<ExitCode> {
  const location = parseLocation(await withServedRegistry(shell, written, flags), shell.cwd);
  if (location.tag !== undefined || location.digest !== undefined) {
    throw new InputError({
      code: 'REFERENCE_INVALID',
      message: `a repository is wanted, not a tag or digest: ${written}`,
      wayOut: `write ${formatRepository(location)}`,
    });
  }
  const repositories = await openRepositories(shell, localCredentials(shell, dataDirectoryOf(shell, flags)), flags);
  try {
    const { listed, failed } = await listTags(await repositories.openSource(location), shell.signal);
    const repository = formatRepository(location);
    const [first] = failed;
    if (listed.length === 0 && first !== undefined) throw first.error;
    if (listed.length === 0) {
      // Registries answer both alike; a mistyped name is the likelier one.
      const message = `no such repository, or it has no tags: ${repository}`;
      throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message, wayOut: 'see that its name is spelled right' });
    }
    if (flags.json) writeJson(shell, { repository, tags: listed });
    else shell.stdout.write(renderTags(listed, shell.stdout.look()));
    for (const { tag, error } of failed) shell.stderr.write(`not resolved: ${tag}: ${error.message}\n`);
    return failed.length > 0 ? exitCodes.partial : exitCodes.done;
  } finally {
    await repositories.close();
  }
}

interface ListedTags {
  readonly listed: readonly ListedTag[];
  readonly failed: readonly { readonly tag: Tag; readonly error: RegistryError }[];
}

async function listTags(source: Target, signal: AbortSignal): Promise<ListedTags> {
  const names: Tag[] = [];
  for await (const tag of source.listTags(signal)) names.push(tag);
  const ordered = names.toSorted(compareTags);
  const listed: ListedTag[] = [];
  const failed: ListedTags['failed'][number][] = [];
  for (let start = 0; start < ordered.length; start += resolvedAtOnce) {
    const some = ordered.slice(start, start + resolvedAtOnce);
    const resolved = await Promise.all(some.map((tag) => source.resolve(tag, signal).catch(answeredWithError)));
    // A tag deleted since the listing is none any more.
    for (const [index, tag] of some.entries()) {
      const descriptor = resolved[index];
      if (descriptor === undefined) continue;
      if (descriptor instanceof RegistryError) {
        failed.push({ tag, error: descriptor });
        continue;
      }
      const { digest, mediaType, size } = descriptor;
      listed.push({ tag, digest, mediaType, sizeBytes: size });
    }
  }
  return { listed, failed };
}

/** An error of the registry is about one tag; that it does not answer, or denies, is about all of them. */
function answeredWithError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  throw error;
}

/** Exact versions before all others, higher versions first; the others by name. */
function compareTags(a: Tag, b: Tag): number {
  const [versionA, versionB] = [readExactTag(a), readExactTag(b)];
  if (versionA !== undefined && versionB !== undefined) return compareBuilds(versionB, versionA);
  if (versionA !== undefined || versionB !== undefined) return versionA === undefined ? 1 : -1;
  return a < b ? -1 : 1;
}
