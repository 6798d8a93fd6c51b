/** Where a registry's API is, and what the registry is called. */
import { InputError } from '../../../errors/errors.ts';

export interface Endpoint {
  /** Scheme, host and port of the API; the path is `/`. */
  readonly url: URL;
  /** What people call the registry, as in references: `ghcr.io`, `docker.io`, `127.0.0.1:7421`. */
  readonly registry: string;
  /** `host[:port]` from which its tokens may come though it is at another site, or in a private network. */
  readonly tokenService?: string | undefined;
  /** Origin that it may redirect to though that is in a private network, or speaks plain HTTP. */
  readonly storage?: string | undefined;
}

/** Where else a registry may send us than the rules for all registries allow. */
export interface EndpointExceptions {
  /** `host[:port]`. */
  readonly tokenService?: string | undefined;
  /** `https://host[:port]` or `http://host[:port]`. */
  readonly storage?: string | undefined;
}

/** Docker Hub answers to three names; only the last serves the API. */
const hubNames: ReadonlySet<string> = new Set(['docker.io', 'index.docker.io', 'registry-1.docker.io']);
const hubApiHost = 'registry-1.docker.io';

/**
 * The endpoint in `https://host[:port]` or `http://host[:port]`.
 * @throws InputError CONFIG_INVALID.
 */
export function parseEndpoint(text: string, { tokenService, storage }: EndpointExceptions = {}): Endpoint {
  if (tokenService !== undefined) assertHost(tokenService);
  const exceptions = { tokenService, storage: storage === undefined ? undefined : parseOrigin(storage).origin };
  const url = parseOrigin(text);
  if (!hubNames.has(url.host)) return { url, registry: url.host, ...exceptions };
  return { url: new URL(`${url.protocol}//${hubApiHost}`), registry: 'docker.io', ...exceptions };
}

/** Whether it is Docker Hub, by whichever of its names. */
export function isDockerHub(endpoint: Endpoint): boolean {
  return endpoint.registry === 'docker.io';
}

function parseOrigin(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw invalid(text, 'it is not an http or https URL');
  if (url.username !== '' || url.password !== '') throw invalid(text, 'credentials do not belong in it');
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '') throw invalid(text, 'it ends after host and port');
  return url;
}

function assertHost(text: string): void {
  const url = URL.parse(`https://${text}`);
  if (url !== null && !text.endsWith('/') && url.href === `https://${url.host}/`) return;
  throw new InputError({ code: 'CONFIG_INVALID', message: `not the host of a token service: ${JSON.stringify(text)}` });
}

function invalid(text: string, why: string): InputError {
  return new InputError({ code: 'CONFIG_INVALID', message: `not a registry url: ${JSON.stringify(text)}: ${why}` });
}
