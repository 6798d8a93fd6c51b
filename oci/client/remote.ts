/** One repository of a registry, as the operations of the protocol see it. */
import type { RepositoryPlace } from '../copy/target.ts';
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
  /** From now on `pull` is as good as `push`. */
  readonly expectWrites: () => void;
}

/** The repository of that name at the registry of the exchange. */
export function remoteOf(exchange: Exchange, repository: RepositoryName): Remote {
  const push = [repositoryScope(repository, 'pull', 'push')];
  let pull = [repositoryScope(repository, 'pull')];
  return {
    name: `${exchange.endpoint.registry}/${repository}`,
    repository,
    exchange,
    get pull() {
      return pull;
    },
    push,
    delete: [repositoryScope(repository, 'pull', 'push', 'delete')],
    expectWrites() {
      pull = push;
    },
  };
}

/** Where the repository is. */
export function placeOf({ exchange, repository }: Remote, family: string | undefined): RepositoryPlace {
  return { registry: exchange.endpoint.url.origin, repository, ...(family === undefined ? {} : { family }) };
}

/** The URL of a path below the repository. Spec: distribution-spec v1.1.1, "Endpoints". */
export function urlBelow(remote: Remote, path: string): URL {
  return new URL(`/v2/${remote.repository}/${path}`, remote.exchange.endpoint.url);
}
