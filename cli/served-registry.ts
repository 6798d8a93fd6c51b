/** The embedded registry that `serve` runs here, as the other verbs find it: its address, and what it is known by. */
import { readFile } from 'node:fs/promises';
import { isLoopbackHost } from '../api/loopback.ts';
import type { PinnedCertificates } from '../oci/client/wire/pinned-certificate.ts';
import { readServiceAddress } from './service-address.ts';

export interface ServedRegistry {
  /** Undefined when none is served from the data directory. */
  readonly url: string | undefined;
  /** How it is spoken to, when `host[:port]` is its own, by whichever name of this machine: `http:` or `https:`. */
  schemeOf(host: string): string | undefined;
  /** The certificates that it is known by, when the address is its own and it speaks TLS. */
  pinnedOf(url: string): PinnedCertificates | undefined;
}

/** What `serve` left in the data directory. */
export async function readServedRegistry(dataDirectory: string): Promise<ServedRegistry> {
  const { registryUrl: url, registryCertificateFile: file } = await readServiceAddress(dataDirectory);
  const own = url === undefined ? undefined : new URL(url);
  const schemeOf = (host: string) => {
    const other = new URL(`${own?.protocol ?? 'http:'}//${host}`);
    return own !== undefined && isSamePlace(own, other) ? own.protocol : undefined;
  };
  return {
    url,
    schemeOf,
    pinnedOf: (other) => {
      const { protocol, host } = new URL(other);
      const isOwn = protocol === 'https:' && schemeOf(host) === protocol;
      return isOwn && file !== undefined ? () => readFile(file, 'utf8') : undefined;
    },
  };
}

function isSamePlace(own: URL, other: URL): boolean {
  if (own.host === other.host) return true;
  return own.port === other.port && isLoopbackHost(own.hostname) && isLoopbackHost(other.hostname);
}
