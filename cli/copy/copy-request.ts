/** What a command line asks to copy, free of nonsense before anything is opened. */
import { InputError } from '../../errors/errors.ts';
import { type Platform, parsePlatformText } from '../../oci/spec/platform.ts';
import { formatRepository } from '../location.ts';
import type { Repositories } from '../repositories.ts';
import type { Shell } from '../shell.ts';
import { type CopyJob, type NamedPlaces, namedJobs, namedRepositories, tagJobs } from './copy-job.ts';
import { listMatching, type TagPatterns, tagFilter } from './tag-filter.ts';

/** The flags that say what is copied. */
export interface WantedFlags extends TagPatterns {
  readonly tag: readonly string[];
  readonly allTags: boolean;
  readonly platform: readonly string[];
}

export interface CopyRequest {
  /** The copies; those of many tags are known when the source's tags have been listed. */
  listJobs(repositories: Repositories): Promise<readonly CopyJob[]>;
  /** None: all. */
  readonly platforms: readonly Platform[];
  /** Many tags of a repository, not one image. */
  readonly isMany: boolean;
}

/** @throws InputError REFERENCE_INVALID, TAG_INVALID, PLATFORM_INVALID, REQUEST_INVALID. */
export function readRequest(shell: Shell, named: NamedPlaces, flags: WantedFlags): CopyRequest {
  const platforms = flags.platform.flatMap((list) => list.split(',')).map((text) => parsePlatformText(text.trim()));
  const isMany = flags.allTags || flags.match.length > 0 || flags.except.length > 0;
  if (!isMany) {
    const jobs = namedJobs(named, flags.tag, shell.cwd);
    return { listJobs: async () => jobs, platforms, isMany };
  }
  if (flags.tag.length > 0) throw tagAmongMany(flags.tag);
  const pair = namedRepositories(named, shell.cwd);
  const isWanted = tagFilter(flags);
  const listJobs = async (repositories: Repositories) => {
    const source = await repositories.openSource(pair.source);
    return tagJobs(pair, await listMatching(source, isWanted, formatRepository(pair.source), shell.signal));
  };
  return { listJobs, platforms, isMany };
}

function tagAmongMany(tags: readonly string[]): InputError {
  return new InputError({
    code: 'REQUEST_INVALID',
    message: `--tag ${tags.join(' ')} cannot be had together with many tags, which keep their names`,
    wayOut: 'leave out --tag, or name one tag or digest as the source',
  });
}
