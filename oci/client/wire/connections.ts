/** The connections of one client: kept alive, bounded per origin, through a proxy where one is set. */
import type { SecureContext } from 'node:tls';
import type { Dispatcher, ProxyAgent } from 'undici';
import type { Answer } from './answer.ts';
import type { BulkPool } from './bulk/bulk-pool.ts';
import type { BulkRequest } from './bulk/bulk-request.ts';
import { connectMsMax, openConnector, type TlsTrust } from './connector.ts';
import type { PinnedCertificates } from './pinned-certificate.ts';
import { assertProxySettings, type ProxySettings, proxyFor } from './proxy.ts';
import type { Timing } from './timing.ts';
import { type ClientCertificate, openTlsContext } from './tls-context.ts';
import { Agent, loadProxyAgent, Pool } from './undici-parts.ts';

/** What reads large blobs, over connections of its own. */
export interface BulkSender {
  readonly pool: BulkPool;
  send(timing: Timing, request: BulkRequest): Promise<Answer>;
}

/** Connections to registries and to where they redirect. */
export interface Connections {
  /** Through which to send a request for the URL: directly, or by a proxy. */
  dispatcherFor(url: URL): Promise<Dispatcher>;
  /** By which to ask for so many bytes; undefined where a dispatcher does it. */
  bulkFor(url: URL, sizeBytes: number): Promise<BulkSender> | undefined;
  /** Ends every connection; what is under way fails. */
  close(): Promise<void>;
}

/**
 * Most connections to one origin. Room for as many requests of every class as request-slots.ts lets through, 184 with
 * those of rollbacks, and for fetching tokens: so no request waits here, behind others that are less urgent.
 */
const connectionsPerOriginMax = 192;

/** How long an idle connection is kept where the server gives no hint. Shorter than the 5 s after which many hang up. */
const keepAliveMs = 4_000;

/** How long it is kept at most, whatever the server hints. */
const keepAliveMsMax = 60_000;

/**
 * From how many bytes on a body is read by bulk/. With fewer, a connection of its own costs more than it spares.
 */
const bulkSizeBytesMinUsual = 1024 * 1024;

/** HTTP/1.1, one request at a time: over HTTP/2 all blobs share one connection and its windows, 13 times slower at 20 ms. */
const poolOptions = {
  allowH2: false,
  pipelining: 1,
  connections: connectionsPerOriginMax,
  keepAliveTimeout: keepAliveMs,
  keepAliveMaxTimeout: keepAliveMsMax,
  connectTimeout: connectMsMax,
  // Off: answer.ts minds bodies itself.
  bodyTimeout: 0,
} as const;

/** What connections are opened with. */
export interface ConnectionsInit {
  /** PEM of certificate authorities to trust besides the system's. */
  readonly ca: string | undefined;
  /** The certificates of which every server shows one, where they are known. */
  readonly pinned?: PinnedCertificates | undefined;
  readonly proxy: ProxySettings;
  /** A certificate, and the one origin that it is shown to: who is redirected to must not learn who we are. */
  readonly client?: { readonly certificate: ClientCertificate; readonly origin: string } | undefined;
  /** From how many bytes on a body is read in bulk, where that is not as usual: for tests. */
  readonly bulkSizeBytesMin?: number | undefined;
}

/**
 * Connections of which none is open yet.
 * @throws InputError CONFIG_INVALID when a certificate or a proxy's URL cannot be read.
 */
export function openConnections(init: ConnectionsInit): Connections {
  const { ca, pinned, client, proxy, bulkSizeBytesMin = bulkSizeBytesMinUsual } = init;
  assertProxySettings(proxy);
  const open = (certificate: ClientCertificate | undefined) =>
    openConnectionsWith({ context: openTlsContext(ca, certificate), pinned }, proxy, bulkSizeBytesMin);
  const anybody = open(undefined);
  if (client === undefined) return anybody;
  const known = open(client.certificate);
  const connectionsFor = (url: URL) => (url.origin === client.origin ? known : anybody);
  return {
    dispatcherFor: (url) => connectionsFor(url).dispatcherFor(url),
    bulkFor: (url, sizeBytes) => connectionsFor(url).bulkFor(url, sizeBytes),
    close: async () => void (await Promise.all([anybody.close(), known.close()])),
  };
}

function openConnectionsWith(trust: TlsTrust, settings: ProxySettings, bulkSizeBytesMin: number): Connections {
  const tls = trust.context === undefined ? {} : { secureContext: trust.context };
  const direct = new Agent({ ...poolOptions, connect: openConnector(trust) });
  let bulk: Promise<BulkSender> | undefined;
  let isClosed = false;
  const proxies = new Map<string, Promise<ProxyAgent>>();
  const proxyAt = (uri: string): Promise<ProxyAgent> => {
    const known = proxies.get(uri) ?? openProxy(uri, tls);
    proxies.set(uri, known);
    return known;
  };
  return {
    async dispatcherFor(url) {
      const uri = proxyFor(url, settings);
      return uri === undefined ? direct : await proxyAt(uri);
    },
    bulkFor(url, sizeBytes) {
      const isBulk = sizeBytes >= bulkSizeBytesMin && proxyFor(url, settings) === undefined;
      if (!isBulk || isClosed) return undefined;
      bulk ??= openBulk(trust);
      return bulk;
    },
    async close() {
      isClosed = true;
      (await bulk)?.pool.close();
      await Promise.all([direct, ...proxies.values()].map(async (dispatcher) => (await dispatcher).destroy(null)));
    },
  };
}

/** Large blobs are rare beside what else is asked: what reads them is loaded with the first. */
async function openBulk(trust: TlsTrust): Promise<BulkSender> {
  const [{ openBulkPool }, { sendBulkRequest }] = await Promise.all([
    import('./bulk/bulk-pool.ts'),
    import('./bulk/bulk-request.ts'),
  ]);
  const pool = openBulkPool(trust);
  return { pool, send: (timing, request) => sendBulkRequest(pool, timing, request) };
}

async function openProxy(uri: string, tls: { readonly secureContext?: SecureContext }): Promise<ProxyAgent> {
  const Proxies = await loadProxyAgent();
  return new Proxies({
    ...poolOptions,
    uri,
    requestTls: { ...tls, allowH2: false },
    proxyTls: { allowH2: false },
    // undici gives its own options neither to the pool it forwards plain HTTP by, nor to the one it opens tunnels by.
    factory: (origin, options) => new Pool(origin, { ...options, ...poolOptions }),
    clientFactory: (origin, options) => new Pool(origin, { ...options, headersTimeout: connectMsMax }),
  });
}
