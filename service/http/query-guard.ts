/** Refuses query parameters that a route does not know: `?dryRun=true`, which belongs into the body, must not promote. */
import type { FastifyInstance } from 'fastify';
import { malformedRequest, shownValue } from './malformed-request.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Query parameters that the route knows; absent: none. */
    query?: readonly string[];
  }
}

/** Probes and scrapers add parameters of their own, to addresses that have no meaning for any. */
const guardedPrefix = '/api/';

/** Turns requests with unknown query parameters away. To be installed after signing in: nobody else is told the names. */
export function installQueryGuard(app: FastifyInstance): void {
  app.addHook('onRequest', async ({ routeOptions, is404, query }) => {
    if (is404 || !routeOptions.url?.startsWith(guardedPrefix)) return;
    const known = routeOptions.config.query ?? [];
    const faults = Object.entries(query ?? {}).filter(([name]) => !known.includes(name));
    if (faults.length === 0) return;
    throw malformedRequest(...faults.map(([name, value]) => `query.${name}: unknown${shownValue(value)}`));
  });
}
