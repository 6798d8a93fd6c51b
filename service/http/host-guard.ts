/** Refuses requests whose Host header names somebody else: a web page must not reach a local service by a name of its own. */
import type { FastifyInstance } from 'fastify';
import { isLoopbackHost } from '../../api/loopback.ts';
import { AccessError } from '../../errors/errors.ts';

/** Which hosts a service answers to. */
export interface ServedHosts {
  /** Address it listens on. */
  readonly host: string;
  /** Names it is known by. Empty: any where it listens beyond this machine, loopback names only where it does not. */
  readonly allowedHosts: readonly string[];
}

/** Turns requests for other hosts away, before anything else. */
export function installHostGuard(app: FastifyInstance, served: ServedHosts): void {
  app.addHook('onRequest', async (request) => {
    if (servesHost(request.headers.host, served)) return;
    throw new AccessError({
      code: 'HOST_REFUSED',
      message: `this service does not answer to the host ${JSON.stringify(request.headers.host ?? '')}`,
      signedIn: false,
    });
  });
}

/** Whether a Host header is one of the service's. */
export function servesHost(header: string | undefined, { host, allowedHosts }: ServedHosts): boolean {
  const name = hostName(header);
  if (name === undefined) return false;
  if (isLoopbackHost(name) || allowedHosts.includes(name)) return true;
  return !isLoopbackHost(host) && allowedHosts.length === 0;
}

/** The name in a Host header, in lower case and without port; undefined for what is none. Spec: RFC 9110, "Host and :authority". */
function hostName(header: string | undefined): string | undefined {
  return /^(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::\d{1,5})?$/.exec(header?.toLowerCase() ?? '')?.[1];
}
