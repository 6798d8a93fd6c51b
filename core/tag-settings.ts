/** What an operator has chosen about tags: which are written once, and which belong to environments. */
import { isExactTag } from './exact-tag.ts';
import { matchesRefPattern } from './ref-pattern.ts';
import { matchesRepositoryPattern, parseRepositoryPattern, type RepositoryPattern } from './repository-pattern.ts';

/** Tags that are written once: exact versions, none, or those that match a pattern such as `release-*`. */
export type WriteOnce = 'semver' | 'off' | readonly string[];

export interface TagSettings {
  /** What holds where no exception does. */
  readonly writeOnce: WriteOnce;
  /** For the repositories that match a pattern; the first that does counts. */
  readonly exceptions: readonly TagException[];
}

/** What is written once in some repositories. */
export interface TagException {
  readonly repositories: readonly RepositoryPattern[];
  readonly writeOnce: WriteOnce;
}

/** An environment, and where its tags are its own. */
export interface EnvironmentPlace {
  readonly name: string;
  readonly repositories: readonly RepositoryPattern[];
}

/** Exact versions are written once, everywhere. */
export const defaultTagSettings: TagSettings = { writeOnce: 'semver', exceptions: [] };

/** Where environments lie without a configuration. */
export const defaultEnvironmentPlaces: readonly EnvironmentPlace[] = ['dev', 'staging', 'production'].map((name) => ({
  name,
  repositories: [parseRepositoryPattern(`${name}/**`)],
}));

/** Whether the tag of the repository names one digest for good. */
export function isWrittenOnce(settings: TagSettings, repository: string, tag: string): boolean {
  const exception = settings.exceptions.find(({ repositories }) => matchesAny(repository, repositories));
  const { writeOnce } = exception ?? settings;
  if (writeOnce === 'off') return false;
  return writeOnce === 'semver' ? isExactTag(tag) : writeOnce.some((pattern) => matchesRefPattern(tag, pattern));
}

/** The environment that the tag of the repository belongs to, as its own tag, its history, a receipt or staged content. */
export function environmentOfTag(
  environments: readonly EnvironmentPlace[],
  repository: string,
  tag: string,
): string | undefined {
  return environments.find(({ name, repositories }) => {
    return isOfEnvironment(tag, name) && matchesAny(repository, repositories);
  })?.name;
}

function isOfEnvironment(tag: string, environment: string): boolean {
  if (!tag.startsWith(environment)) return false;
  return /^(?:$|-r\d+(?:-|$)|-staged(?:-|$))/.test(tag.slice(environment.length));
}

function matchesAny(repository: string, patterns: readonly RepositoryPattern[]): boolean {
  return patterns.some((pattern) => matchesRepositoryPattern(repository, pattern));
}
