/** Every resource beside the distribution API. */
import { healthEndpoints } from './health.ts';
import type { Endpoint } from './http/endpoint.ts';
import { eventEndpoints } from './watch/event-endpoint.ts';
import { metricsEndpoints } from './watch/metrics-endpoint.ts';
import { pullsEndpoints } from './watch/pulls-endpoint.ts';

import { tagEndpoints } from './tags/tag-endpoints.ts';
/** Paths below which there are endpoints; all else outside of `/v2/` is not there. */
export const endpointRoots = ['/livez', '/readyz', '/metrics', '/token', '/admin/*'] as const;

/** All of them. */
export const endpoints: readonly Endpoint[] = [
  ...healthEndpoints,
  ...metricsEndpoints,
  ...eventEndpoints,
  ...pullsEndpoints,
];
  ...tagEndpoints,
