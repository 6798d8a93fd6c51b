/** Whether a configuration means the embedded registry. */
import { embeddedRegistryName } from '../api/config.ts';
import { isLoopbackHost } from '../api/loopback.ts';
import type { Config } from '../core/config.ts';

/** Where the embedded registry will be found on this machine, before it has been started. */
export function embeddedUrlOf({ registryPort }: { readonly registryPort: number }): string {
  return `http://127.0.0.1:${registryPort}`;
}

/** Whether it has a registry of that name at this machine's address and the port of ours. Any other must not be shown our token. */
export function usesEmbeddedRegistry(config: Config, registryPort: number): boolean {
  const named = config.registries[embeddedRegistryName];
  if (named === undefined) return false;
  const url = new URL(named.url);
  return isLoopbackHost(url.hostname) && portOf(url) === registryPort;
}

/** The port, also where it is left out because it is the scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
