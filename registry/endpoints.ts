/** Every resource beside the distribution API. */

import { apiTokenEndpoints } from './access/api-token-endpoints.ts';
import { tokenEndpoints } from './access/token-endpoint.ts';
import { tokenKeysEndpoints } from './access/token-keys-endpoint.ts';
import { userEndpoints } from './access/user-endpoints.ts';
import { collectionHoldEndpoints } from './archive/collection-hold-endpoints.ts';
import { scrubEndpoints } from './archive/scrub-endpoints.ts';
import { collectionEndpoints } from './collect/collection-endpoints.ts';
import { retentionEndpoints } from './collect/retention-endpoint.ts';
import { healthEndpoints } from './health.ts';
import type { Endpoint } from './http/endpoint.ts';
import { tagEndpoints } from './tags/tag-endpoints.ts';
import { eventEndpoints } from './watch/event-endpoint.ts';
import { metricsEndpoints } from './watch/metrics-endpoint.ts';
import { pullsEndpoints } from './watch/pulls-endpoint.ts';

/** Paths below which there are endpoints; all else outside of `/v2/` is not there. */
export const endpointRoots = ['/livez', '/readyz', '/metrics', '/token', '/admin/*'] as const;

/** All of them. */
export const endpoints: readonly Endpoint[] = [
  ...healthEndpoints,
  ...tokenEndpoints,
  ...tokenKeysEndpoints,
  ...userEndpoints,
  ...apiTokenEndpoints,
  ...collectionEndpoints,
  ...collectionHoldEndpoints,
  ...scrubEndpoints,
  ...retentionEndpoints,
  ...metricsEndpoints,
  ...eventEndpoints,
  ...pullsEndpoints,
  ...tagEndpoints,
];
