/** The client of one registry: where the parts of this folder are put together. */
import type { Target } from '../copy/target.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import { listRepositories } from './catalog.ts';
import { openExchange, withPriority } from './exchange.ts';
import { openMountMemory } from './mount-memory.ts';
import { ping } from './ping.ts';
import { quirksOf, type RegistryQuirks } from './quirks.ts';
import { openReferrersSupport } from './referrers-support.ts';
import { openRemoteRepository } from './remote-repository.ts';
import { anonymous, type CredentialSource } from './sign-in/credentials.ts';
import { openTagsSupport } from './tags-support.ts';
import { openUploadStrategy, wholeSizeBytesMax } from './upload/strategy.ts';
import { openWaitingSessions } from './upload/upload-session.ts';
import { openConnections } from './wire/connections.ts';
import { parseEndpoint } from './wire/endpoint.ts';
import type { PinnedCertificates } from './wire/pinned-certificate.ts';
import type { ProxySettings } from './wire/proxy.ts';
import { type RequestBudget, unlimitedBudget } from './wire/request-budget.ts';
import type { RequestPriority } from './wire/request-class.ts';
import type { RequestConcurrency } from './wire/request-slots.ts';
import { systemTiming, type Timing } from './wire/timing.ts';
import type { ClientCertificate } from './wire/tls-context.ts';

/** A registry over the OCI distribution protocol: tokens and connections are shared by all its repositories. */
export interface RegistryClient {
  /** Origin of the API: `https://ghcr.io`. */
  readonly endpoint: string;
  /** Resolves when the registry speaks the protocol and takes our credentials. */
  ping(signal?: AbortSignal): Promise<void>;
  /** The repository as a target with every optional power; nothing is asked of the registry yet. */
  repository(name: RepositoryName, options?: RepositoryOptions): Target;
  /** Every repository one may see, where the registry tells. */
  listRepositories(signal?: AbortSignal): AsyncIterable<RepositoryName>;
  /** Gives back what the registry keeps for us and ends every connection; what is under way fails. */
  close(): Promise<void>;
}

/** How a repository is used. */
export interface RepositoryOptions {
  /** Who goes first where requests to the registry wait for one another; `rest` when absent. */
  readonly priority?: RequestPriority;
}

/** What a client is opened with. */
export interface RegistryClientInit {
  /** `https://host[:port]`, or `http://host[:port]` for a registry without TLS. */
  readonly url: string;
  /** None by default: anonymous. */
  readonly credentials?: CredentialSource;
  /** PEM of certificate authorities to trust besides the system's. */
  readonly ca?: string;
  /** The certificates of which this registry shows one: it is trusted by them, not by authorities and names. */
  readonly pinned?: PinnedCertificates;
  /** Shown to this registry alone, where it wants one. */
  readonly clientCertificate?: ClientCertificate;
  /** `host[:port]` that may make tokens for this registry though it is at another site, or in a private network. */
  readonly tokenService?: string;
  /** `https://host[:port]` or `http://host[:port]` that the registry may send us to for blobs, wherever it is. */
  readonly storage?: string;
  /** None by default: directly. */
  readonly proxy?: ProxySettings;
  readonly userAgent?: string;
  /** Most requests of a class at once, for a registry that bears fewer than usual. */
  readonly concurrency?: RequestConcurrency;
  /** Shared with whoever else signs in as the same account; none by default. */
  readonly budget?: RequestBudget;
  /** What is known of a registry by its name; the built-in table when absent. */
  readonly quirksOf?: (registry: string) => RegistryQuirks;
  /** From how many bytes on a blob is read in bulk, 1 MiB when absent; what is larger is sent as a stream, too. */
  readonly bulkSizeBytesMin?: number;
}

const userAgentDefault = 'registry-action';

/**
 * A client that has not connected yet.
 * @throws InputError CONFIG_INVALID for a URL, token service or certificate that cannot be used.
 */
export function openRegistryClient(init: RegistryClientInit, timing: Timing = systemTiming): RegistryClient {
  const { url, credentials = anonymous, ca, proxy = {}, userAgent = userAgentDefault } = init;
  const { concurrency = {}, budget = unlimitedBudget } = init;
  const endpoint = parseEndpoint(url, init);
  const { clientCertificate: certificate } = init;
  const client = certificate && { certificate, origin: endpoint.url.origin };
  const connections = openConnections({
    ca,
    pinned: init.pinned,
    proxy,
    client,
    bulkSizeBytesMin: init.bulkSizeBytesMin,
  });
  const quirks = (init.quirksOf ?? quirksOf)(endpoint.registry);
  const { tokens, family } = quirks;
  const exchange = openExchange({ endpoint, connections, credentials, timing, userAgent, concurrency, budget, tokens });
  const uploads = {
    waiting: openWaitingSessions(),
    strategy: openUploadStrategy(quirks),
    mounts: openMountMemory(quirks, timing.now),
    wholeSizeBytesMax: Math.min(wholeSizeBytesMax, init.bulkSizeBytesMin ?? wholeSizeBytesMax),
  };
  const tagging = openTagsSupport();
  const referrers = openReferrersSupport();
  return {
    endpoint: endpoint.url.origin,
    ping: (signal) => ping(exchange, signal),
    repository: (name, { priority = 'rest' } = {}) => {
      const siblings = { exchange: withPriority(exchange, priority), uploads, tagging, referrers, family };
      return openRemoteRepository(siblings, name);
    },
    listRepositories: (signal) => listRepositories(exchange, signal),
    async close() {
      await uploads.waiting.cancelAll();
      await connections.close();
    },
  };
}
