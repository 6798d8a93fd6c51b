/** What a token must be for, by the resource and what is to be done with it. */
import type { Verb } from '../../core/access.ts';
import { isRepositoryName } from '../../oci/spec/repository-name.ts';
import { onlyValue } from '../http/request-target.ts';
import type { Route } from '../http/route.ts';
import { catalogEntry, scopeOfVerb, type TokenScope } from './token-scope.ts';

/** The scope without which the request is refused; none where any token will do. */
export function neededScope(route: Route, verb: Verb | undefined): TokenScope {
  if (route.kind === 'catalog') return [catalogEntry];
  return 'repository' in route && verb !== undefined ? [scopeOfVerb(verb, route.repository)] : [];
}

/**
 * The scope that a client is told to ask for: whoever pushes looks first at what is there, and mounting reads another
 * repository.
 */
export function challengedScope(route: Route, verb: Verb | undefined, query: URLSearchParams): TokenScope {
  const [entry, ...rest] = neededScope(route, verb);
  if (entry?.type !== 'repository' || !entry.actions.includes('push'))
    return entry === undefined ? [] : [entry, ...rest];
  const source = query.has('mount') ? onlyValue(query, 'from') : undefined;
  const mounted = source !== undefined && source !== entry.name && isRepositoryName(source);
  return [{ ...entry, actions: ['pull', 'push'] }, ...(mounted ? [scopeOfVerb('pull', source)] : [])];
}
