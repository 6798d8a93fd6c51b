/** The repositories of a registry. */
import { isRepositoryName, type RepositoryName } from '../spec/repository-name.ts';
import type { Exchange } from './exchange.ts';
import { listEntries } from './listing.ts';
import { catalogScope } from './sign-in/scope.ts';

/**
 * Every repository one may see, completely. An extension: hosted registries have none, and refuse.
 * Spec: distribution v3.0.0, "Listing Repositories".
 */
export function listRepositories(exchange: Exchange, signal?: AbortSignal): AsyncIterable<RepositoryName> {
  return listEntries(
    exchange,
    {
      url: new URL('/v2/_catalog', exchange.endpoint.url),
      asked: { operation: 'list repositories', subject: exchange.endpoint.registry },
      scopes: [catalogScope],
      field: 'repositories',
      isEntry: isRepositoryName,
      emptyCodes: new Set(),
    },
    signal,
  );
}
