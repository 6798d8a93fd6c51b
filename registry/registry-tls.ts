/** TLS as the registry has it: the certificate of its settings, followed while it runs, and told to its neighbours. */
import type { DataDirectory } from './disk/data-directory.ts';
import { isUnwritable } from './disk/durable-file.ts';
import { followCertificate, readServerCertificate, type ServerCertificate } from './http/server-certificate.ts';
import { openTlsServers, type TlsServers } from './http/tls-server.ts';
import type { OnRegistryEvent } from './registry-event.ts';
import type { RegistryLimits } from './registry-limits.ts';
import type { RegistrySettings } from './registry-settings.ts';
import { leaveServedCertificates, removeServedCertificates } from './served-certificate.ts';

export interface RegistryTls {
  readonly servers: TlsServers;
  /** Looks at the files no more. */
  close(): void;
}

export interface RegistryTlsInit {
  readonly dataDirectory: string;
  /** Asked before anything is written there. */
  readonly own: DataDirectory['own'];
  readonly settings: Pick<RegistrySettings, 'tls' | 'url'>;
  readonly limits: RegistryLimits;
  readonly connectionsCheckMs: number;
  readonly onEvent: OnRegistryEvent;
  /** The clock, in epoch milliseconds. */
  readonly now: () => number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Programs that renew certificates do it a month before their end: what is this near was forgotten. */
const endingMs = 14 * dayMs;

/**
 * TLS with the certificate of the files; undefined where none is chosen.
 * @throws InputError TLS_CERTIFICATE_INVALID.
 */
export async function openRegistryTls(init: RegistryTlsInit): Promise<RegistryTls | undefined> {
  const { dataDirectory, own, settings, limits, connectionsCheckMs, onEvent, now } = init;
  const { tls: files, url } = settings;
  if (files === undefined) {
    await ifWritable(own, () => removeServedCertificates(dataDirectory));
    return undefined;
  }
  let shown = await readServerCertificate(files);
  let isLeft = await leave([shown.cert]);
  const servers = openTlsServers({ certificate: shown, headersMs: limits.headersMs, connectionsCheckMs });

  /** Where the disk takes no writes our neighbours have to wait, and clients do not. */
  function leave(chains: readonly string[]): Promise<boolean> {
    return ifWritable(own, () => leaveServedCertificates(dataDirectory, chains));
  }

  async function leaveLater(): Promise<void> {
    if (!isLeft) isLeft = await leave([shown.cert]).catch(() => false);
  }

  async function use(next: ServerCertificate): Promise<void> {
    // First, so that our neighbours know it when they see it.
    isLeft = await leave([next.cert, shown.cert]);
    servers.use(next);
    shown = next;
    tellLoaded();
  }

  function tellLoaded(): void {
    onEvent({ kind: 'certificate-loaded', validUntil: shown.validUntil });
    const host = url?.startsWith('https:') ? new URL(url).hostname : undefined;
    if (host !== undefined && !shown.isFor(host)) onEvent({ kind: 'certificate-misnamed', host });
    tellEnding();
  }

  function tellEnding(): void {
    const { validUntil } = shown;
    if (validUntil - now() < endingMs) onEvent({ kind: 'certificate-ending', validUntil });
  }

  tellLoaded();
  const timers = [setInterval(tellEnding, dayMs), setInterval(leaveLater, limits.certificateLookMs)];
  for (const timer of timers) timer.unref();
  const following = followCertificate({
    files,
    first: shown,
    everyMs: limits.certificateLookMs,
    use,
    onRefused: ({ code, message }) => onEvent({ kind: 'certificate-refused', code, message }),
  });
  return {
    servers,
    close: () => {
      timers.forEach(clearInterval);
      following.close();
    },
  };
}

/** False when the disk took no writes. */
async function ifWritable(own: DataDirectory['own'], write: () => Promise<void>): Promise<boolean> {
  try {
    await own();
    await write();
    return true;
  } catch (error) {
    if (!isUnwritable(error)) throw error;
    return false;
  }
}
