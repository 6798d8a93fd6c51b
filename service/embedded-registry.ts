/** What the configuration and the embedded registry have to do with one another. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { embeddedRegistryName } from '../api/config.ts';
import { isLoopbackHost } from '../api/loopback.ts';
import type { Config } from '../core/config.ts';
import type { PinnedCertificates } from '../oci/client/wire/pinned-certificate.ts';
import { servedCertificatePath } from '../registry/served-certificate.ts';

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

/** The same configuration, whose embedded registry is spoken to as it was started: with TLS, or without. */
export function withEmbeddedScheme(config: Config, embeddedUrl: string): Config {
  const named = config.registries[embeddedRegistryName];
  if (named === undefined) return config;
  const url = `${new URL(embeddedUrl).protocol}//${new URL(named.url).host}`;
  return { ...config, registries: { ...config.registries, [embeddedRegistryName]: { ...named, url } } };
}

/** Where the embedded registry of a service keeps everything. */
export function embeddedDirectory(dataDirectory: string): string {
  return join(dataDirectory, 'registry');
}

/** The certificates that the embedded registry is known by; undefined where it speaks plain HTTP. */
export function embeddedPinned(dataDirectory: string, embeddedUrl: string | undefined): PinnedCertificates | undefined {
  if (embeddedUrl === undefined || new URL(embeddedUrl).protocol !== 'https:') return undefined;
  return () => readFile(servedCertificatePath(embeddedDirectory(dataDirectory)), 'utf8');
}

/** The port, also where it is left out because it is the scheme's own. */
export function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port);
  return url.protocol === 'https:' ? 443 : 80;
}
