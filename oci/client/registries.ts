/** Registries by their names: one client for each, so that content mounts within it and tokens are fetched once. */
import type { Target } from '../copy/target.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import { openRegistryClient, type RegistryClient, type RegistryClientInit } from './registry-client.ts';
import type { CredentialSource } from './sign-in/credentials.ts';
import { certificateDirectories, readHostCertificates } from './wire/host-certificates.ts';
import type { PinnedCertificates } from './wire/pinned-certificate.ts';
import type { ProxySettings } from './wire/proxy.ts';
import type { Timing } from './wire/timing.ts';

/** The registries that a command speaks to. */
export interface Registries {
  /**
   * The repository at the registry of that name, `host[:port]`; nothing is asked of it yet. `url` where it is not what
   * `urlOf` says: each address has a client of its own.
   * @throws InputError CREDENTIALS_INVALID, CONFIG_INVALID for certificates or proxies that cannot be used.
   */
  repository(registry: string, name: RepositoryName, url?: string): Promise<Target>;
  /** Ends every connection. */
  close(): Promise<void>;
}

/** What all clients have in common. */
export interface RegistriesInit {
  readonly credentials: CredentialSource;
  /** The address of a registry by its name: `https://host[:port]`, or `http://` for one without TLS. */
  readonly urlOf: (registry: string) => string;
  /** PEM of certificate authorities to trust besides the system's, and besides those kept for single registries. */
  readonly ca?: string | undefined;
  /** The certificates that the registry at the address is known by, where it is. */
  readonly pinnedOf?: (url: string) => PinnedCertificates | undefined;
  /** Tells of proxies, and where certificates for single registries are kept. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userAgent: string;
  /** For tests. */
  readonly timing?: Timing;
}

/** Registries of which none has been asked anything; the caller closes them. */
export function openRegistries(init: RegistriesInit): Registries {
  const clients = new Map<string, Promise<RegistryClient>>();
  const clientOf = (registry: string, url: string): Promise<RegistryClient> => {
    const client = clients.get(url) ?? openClient(init, registry, url);
    clients.set(url, client);
    return client;
  };
  return {
    async repository(registry, name, url = init.urlOf(registry)) {
      return (await clientOf(registry, url)).repository(name);
    },
    async close() {
      const opened = await Promise.allSettled(clients.values());
      await Promise.all(opened.map((client) => (client.status === 'fulfilled' ? client.value.close() : undefined)));
    },
  };
}

async function openClient(init: RegistriesInit, registry: string, url: string): Promise<RegistryClient> {
  const { credentials, env, userAgent, timing } = init;
  const known = await readHostCertificates(certificateDirectories(env), registry);
  const pinned = init.pinnedOf?.(url);
  const authorities = [init.ca, known.ca].filter((pem) => pem !== undefined);
  const client: RegistryClientInit = {
    ...known,
    url,
    credentials,
    proxy: proxySettings(env),
    userAgent,
    ...(pinned === undefined ? {} : { pinned }),
    ...(authorities.length === 0 ? {} : { ca: authorities.join('\n') }),
  };
  return openRegistryClient(client, timing);
}

/** Lower case first, as curl does: upper-case HTTP_PROXY can be set by a request's header in CGI surroundings. */
function proxySettings(env: RegistriesInit['env']): ProxySettings {
  const named = (lower: string, upper: string) => env[lower] ?? env[upper] ?? '';
  return {
    http: named('http_proxy', 'HTTP_PROXY'),
    https: named('https_proxy', 'HTTPS_PROXY'),
    no: named('no_proxy', 'NO_PROXY'),
  };
}
