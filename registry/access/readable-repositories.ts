/** The repositories that somebody may pull from, out of all that there are. */

import { type Actor, patternsOf } from '../../core/access.ts';
import { literalPrefixOf, matchesRepositoryPattern } from '../../core/repository-pattern.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { firstNotBefore } from '../first-not-before.ts';
import { cutPage, type Page, type PageRequest } from '../http/page.ts';

/**
 * The page of those that the actor may pull from. `sorted` has all of them; looked at are only those that begin as one of
 * the actor's patterns does. With patterns that begin with a name, the work does not grow with what the actor may not know
 * of; one that begins with a star costs a look at every name.
 */
export function pageOfReadable(
  sorted: readonly RepositoryName[],
  actor: Actor,
  request: PageRequest,
): Page<RepositoryName> {
  const patterns = patternsOf(actor, 'pull');
  if (patterns === undefined) return cutPage(sorted, request);
  const { entriesMax, last = '' } = request;
  const entries: RepositoryName[] = [];
  for (const prefix of outermost(patterns.map(literalPrefixOf))) {
    const start = prefix > last ? firstNotBefore(sorted, prefix) : firstNotBefore(sorted, `${last}\0`);
    for (let at = start; sorted[at]?.startsWith(prefix) === true; at++) {
      const repository = sorted[at];
      if (repository === undefined || !patterns.some((one) => matchesRepositoryPattern(repository, one))) continue;
      if (entries.length === entriesMax) return { entries, more: entriesMax > 0 };
      entries.push(repository);
    }
  }
  return { entries, more: false };
}

/** The prefixes in order, without those that begin as another one does. */
function outermost(prefixes: readonly string[]): readonly string[] {
  const kept: string[] = [];
  for (const prefix of prefixes.toSorted()) {
    const before = kept.at(-1);
    if (before === undefined || !prefix.startsWith(before)) kept.push(prefix);
  }
  return kept;
}
