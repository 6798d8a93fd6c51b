/** Resources beside the distribution API: where each is, what its caller must be allowed to do, what it answers. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Verb } from '../../core/access.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Answer } from './answer.ts';
import type { Exchange, Method, RegistryParts } from './exchange.ts';
import type { RequestBody } from './request-body.ts';

export type Endpoint = GuardedEndpoint | OpenEndpoint | InsideEndpoint;

interface EndpointPlace {
  readonly method: Method;
  /** The whole path, or one that ends in a slash and stands for everything below it. */
  readonly path: string;
}

/** For whoever is signed in and may do what it asks. */
export interface GuardedEndpoint extends EndpointPlace {
  readonly verb: Verb;
  /** The repository in which the caller must be allowed it; for the registry itself when this is absent. */
  readonly repositoryOf?: (rest: string) => RepositoryName | undefined;
  answer(exchange: EndpointExchange): Promise<Answer>;
}

/** For anybody: it knows for itself who may have what. */
export interface OpenEndpoint extends EndpointPlace {
  readonly verb: undefined;
  answer(request: OpenRequest): Promise<Answer>;
}

/** For probes and scrapers: whoever asks from this machine need not sign in, all others need the verb. */
export interface InsideEndpoint extends EndpointPlace {
  readonly verb: Verb;
  readonly inside: true;
  answer(request: OpenRequest): Promise<Answer>;
}

export interface EndpointExchange extends Exchange {
  /** What follows the endpoint's path; empty when it is the whole path. */
  readonly rest: string;
  readonly remoteAddress: string;
}

/** A request of somebody who need not have signed in. */
export interface OpenRequest extends RegistryParts {
  readonly rest: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
  readonly onGone: (listener: () => void) => void;
  /** Where it comes from: an IP address. */
  readonly remoteAddress: string;
}

/**
 * The endpoint that the path leads to, with what follows; the methods there are when none is this one's. HEAD is GET, whose
 * body is left out when it is written: monitors and load balancers like to ask by it.
 */
export function findEndpoint(
  endpoints: readonly Endpoint[],
  method: string | undefined,
  path: string,
): { readonly endpoint: Endpoint; readonly rest: string } | { readonly methods: readonly Method[] } {
  const there = endpoints.filter((endpoint) => leadsTo(endpoint.path, path));
  const endpoint = there.find((each) => each.method === (method === 'HEAD' ? 'GET' : method));
  if (endpoint === undefined) return { methods: there.map((each) => each.method) };
  return { endpoint, rest: path.slice(endpoint.path.length) };
}

function leadsTo(place: string, path: string): boolean {
  return place.endsWith('/') ? path.startsWith(place) && path.length > place.length : path === place;
}
