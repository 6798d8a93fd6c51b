/** Token services of registries that everybody uses: whoever knows them need not be turned away to learn where they are. */
import type { Endpoint } from '../wire/endpoint.ts';
import type { Challenge } from './challenge.ts';

/**
 * Realm and service by the registry's name. Only those that want a token for everything, also from nobody: Quay and
 * Google's let read without. What they really say counts more, once they say it.
 * https://docs.docker.com/reference/api/registry/auth/, https://github.com/opensciencegrid/cvmfs-singularity-sync/pull/353
 */
const services: ReadonlyMap<string, readonly [realm: string, service: string]> = new Map([
  ['docker.io', ['https://auth.docker.io/token', 'registry.docker.io']],
  ['ghcr.io', ['https://ghcr.io/token', 'ghcr.io']],
]);

/** The challenge that the registry would answer a first request with; undefined where that is not known. */
export function knownChallenge({ registry, url }: Endpoint): Challenge | undefined {
  const [realm, service] = services.get(registry) ?? [];
  if (realm === undefined || service === undefined || url.protocol !== 'https:') return undefined;
  const parameters = new Map([
    ['realm', realm],
    ['service', service],
  ]);
  return { scheme: 'bearer', parameters };
}
