/** What a token must be for, by the resource and what is to be done with it. */
import type { Verb } from '../../core/access.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { onlyValue } from '../http/request-target.ts';
import type { Route } from '../http/route.ts';
import { catalogEntry, type ScopeEntry, scopeOfVerb, type TokenScope } from './token-scope.ts';

/** What a request is about. */
export interface Asked {
  readonly route: Route;
  readonly verb: Verb | undefined;
  readonly query: URLSearchParams;
}

/**
 * The scope without which the request is refused; none where any token will do. Mounting reads another repository, which
 * counts where the caller may read it: else there is nothing to mount, and no token could help.
 */
export function neededScope(asked: Asked, mayPull: (repository: RepositoryName) => boolean): TokenScope {
  const source = mountSourceOf(asked);
  return [...ownScope(asked), ...(source !== undefined && mayPull(source) ? [scopeOfVerb('pull', source)] : [])];
}

/** The scope that a client is told to ask for: whoever pushes looks first at what is there. */
export function challengedScope(asked: Asked): TokenScope {
  const source = mountSourceOf(asked);
  const own = ownScope(asked).map((entry): ScopeEntry => {
    return entry.type === 'repository' && entry.actions.includes('push')
      ? { ...entry, actions: ['pull', 'push'] }
      : entry;
  });
  return [...own, ...(source === undefined ? [] : [scopeOfVerb('pull', source)])];
}

function ownScope({ route, verb }: Asked): TokenScope {
  if (route.kind === 'catalog') return [catalogEntry];
  return 'repository' in route && verb !== undefined ? [scopeOfVerb(verb, route.repository)] : [];
}

/** The repository that a blob is to be mounted from, where it is named and another one. */
function mountSourceOf({ route, query }: Asked): RepositoryName | undefined {
  if (route.kind !== 'uploads' || !query.has('mount')) return undefined;
  const source = onlyValue(query, 'from') ?? '';
  return isRepositoryName(source) && source !== route.repository ? source : undefined;
}
