/** One repository of a registry, as the operations of the protocol see it. */
import type { RepositoryName } from '../spec/repository-name.ts';
import type { Exchange } from './exchange.ts';
import { repositoryScope, type Scope } from './sign-in/scope.ts';

/** Where the operations of one repository go, and what they need to be let in. */
export interface Remote {
  /** For messages: `registry.example/team/app`. */
  readonly name: string;
  readonly repository: RepositoryName;
  readonly exchange: Exchange;
  readonly pull: readonly Scope[];
  readonly push: readonly Scope[];
  readonly delete: readonly Scope[];
}

/** The repository of that name at the registry of the exchange. */
export function remoteOf(exchange: Exchange, repository: RepositoryName): Remote {
  return {
    name: `${exchange.endpoint.registry}/${repository}`,
    repository,
    exchange,
    pull: [repositoryScope(repository, 'pull')],
    push: [repositoryScope(repository, 'pull', 'push')],
    delete: [repositoryScope(repository, 'pull', 'push', 'delete')],
  };
}

/** The URL of a path below the repository. Spec: distribution-spec v1.1.1, "Endpoints". */
export function urlBelow(remote: Remote, path: string): URL {
  return new URL(`/v2/${remote.repository}/${path}`, remote.exchange.endpoint.url);
}
