/** What a command line asks to copy: from one tag or digest into one repository each. */
import { InputError } from '../../errors/errors.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { parseTag, type Tag } from '../../oci/spec/tag.ts';
import { formatRepository, type Location, parseLocation, tagOrDigestOf } from '../location.ts';

/** One copy into one repository. */
export interface CopyJob {
  readonly source: Location;
  readonly wanted: Tag | Digest;
  readonly target: Location;
  /** What will point at it, in this order; none when it is copied by its digest alone. */
  readonly tags: readonly Tag[];
}

/** Source and targets as they were written. */
export interface NamedPlaces {
  readonly source: string;
  readonly targets: readonly string[];
}

/**
 * The copies of the one image that the source names, one for each repository among the targets.
 * @throws InputError REFERENCE_INVALID, TAG_INVALID.
 */
export function namedJobs(named: NamedPlaces, extraTags: readonly string[], cwd: string): readonly CopyJob[] {
  const source = parseLocation(named.source, cwd);
  const wanted = tagOrDigestOf(source);
  if (wanted === undefined) throw unnamed(named.source);
  const extra = extraTags.map(parseTag);
  const jobs = new Map<string, CopyJob>();
  for (const written of named.targets) {
    const target = parseTarget(written, cwd);
    const own = target.tag ?? (extra.length === 0 ? source.tag : undefined);
    const key = formatRepository(target);
    const before = jobs.get(key)?.tags ?? [];
    const tags = [...new Set([...before, ...(own === undefined ? [] : [own]), ...extra])];
    jobs.set(key, { source, wanted, target, tags });
  }
  return [...jobs.values()];
}

/** Repositories between which tags are copied. */
export interface RepositoryPair {
  readonly source: Location;
  readonly targets: readonly Location[];
}

/**
 * The repositories of a copy of many tags.
 * @throws InputError REFERENCE_INVALID when one of them names a tag or digest.
 */
export function namedRepositories(named: NamedPlaces, cwd: string): RepositoryPair {
  const [source, ...targets] = [named.source, ...named.targets].map((written) => {
    const location = parseLocation(written, cwd);
    if (tagOrDigestOf(location) === undefined) return location;
    throw new InputError({
      code: 'REFERENCE_INVALID',
      message: `a repository is wanted where many tags are copied, not a tag or digest: ${written}`,
      wayOut: `write ${formatRepository(location)}`,
    });
  });
  if (source === undefined) throw unnamed(named.source);
  return { source, targets };
}

/** The copies of these tags, each to the same tag of every target. */
export function tagJobs({ source, targets }: RepositoryPair, tags: readonly Tag[]): readonly CopyJob[] {
  return tags.flatMap((tag) => targets.map((target) => ({ source, wanted: tag, target, tags: [tag] })));
}

/** The target as people write it: its repository and first tag. */
export function formatTarget({ target, tags }: Pick<CopyJob, 'target' | 'tags'>): string {
  const [first] = tags;
  return first === undefined ? formatRepository(target) : `${formatRepository(target)}:${first}`;
}

function parseTarget(written: string, cwd: string): Location {
  const target = parseLocation(written, cwd);
  if (target.digest === undefined) return target;
  throw new InputError({
    code: 'REFERENCE_INVALID',
    message: `the target cannot name a digest, it gets the source's: ${written}`,
    wayOut: 'leave out @ and what follows it',
  });
}

function unnamed(source: string): InputError {
  return new InputError({
    code: 'REFERENCE_INVALID',
    message: `the source names neither tag nor digest: ${source}`,
    wayOut: `write ${source}:TAG or ${source}@DIGEST, or ask for many tags with --all-tags or --match`,
  });
}
