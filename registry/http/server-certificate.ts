/** The certificate that the registry shows, and its key: read from the operator's files, again when they change. */
import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { createSecureContext } from 'node:tls';
import { CodedError, InputError } from '../../errors/errors.ts';

/** Paths of PEM files. */
export interface CertificateFiles {
  /** The certificate, and behind it those between it and its authority. */
  readonly certFile: string;
  /** Its key, not encrypted. */
  readonly keyFile: string;
}

/** A certificate and a key that belong together. */
export interface ServerCertificate {
  /** PEM, with those between it and its authority. */
  readonly cert: string;
  readonly key: string;
  /** When it ends, in epoch milliseconds. */
  readonly validUntil: number;
  /** Whether it is for this host: a name, or an address as in a URL. */
  isFor(host: string): boolean;
}

/**
 * What the files hold.
 * @throws InputError TLS_CERTIFICATE_INVALID when one cannot be read, they do not belong together, or TLS takes neither.
 * Nothing of the key is repeated.
 */
export async function readServerCertificate(files: CertificateFiles): Promise<ServerCertificate> {
  const [cert, key] = [await readPem(files.certFile, 'certificate'), await readPem(files.keyFile, 'key')];
  return parseServerCertificate(files, cert, key);
}

export interface FollowedCertificate {
  readonly files: CertificateFiles;
  /** What was read first. */
  readonly first: ServerCertificate;
  /** How often the files are looked at, in milliseconds. */
  readonly everyMs: number;
  /** Takes what they hold now; what it rejects with is told as a refusal. */
  use(certificate: ServerCertificate): Promise<void>;
  /** They hold something that cannot be used, and have for two looks: one may be replaced before the other. */
  onRefused(error: CodedError): void;
}

/**
 * Looks at the files until it is closed. Their content is compared, not their dates: they may be links that a renewal
 * turns elsewhere, or be mounted from a place that keeps no dates.
 */
export function followCertificate(followed: FollowedCertificate): { close(): void } {
  let used = contentOf(followed.first);
  let seen: string | undefined;
  let told: string | undefined;
  let isLooking = false;

  async function look(): Promise<void> {
    try {
      const found = await readServerCertificate(followed.files);
      if (contentOf(found) !== used) await followed.use(found);
      used = contentOf(found);
      [seen, told] = [undefined, undefined];
    } catch (error) {
      doubt(asRefusal(error));
    }
  }

  function doubt(refusal: CodedError): void {
    const isLasting = refusal.message === seen;
    seen = refusal.message;
    if (!isLasting || seen === told) return;
    told = seen;
    followed.onRefused(refusal);
  }

  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void look().finally(() => {
      isLooking = false;
    });
  }, followed.everyMs);
  timer.unref();
  return { close: () => clearInterval(timer) };
}

/** The certificates of a PEM text, each by itself. */
export const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

function parseServerCertificate({ certFile, keyFile }: CertificateFiles, cert: string, key: string): ServerCertificate {
  const [own] = cert.match(certificatePem) ?? [];
  if (own === undefined) throw invalid(`no PEM certificate in it: ${certFile}`);
  const certificate = parseOr(`certificate cannot be read: ${certFile}`, () => new X509Certificate(own));
  const privateKey = parseKey(keyFile, key);
  if (!certificate.checkPrivateKey(privateKey)) {
    throw invalid(
      `certificate and key do not belong together: ${certFile} and ${keyFile}; those of authorities stand behind it`,
    );
  }
  // What was read of them is not all that TLS wants: a chain that is sound, and a key that is long enough.
  parseOr(`certificate cannot be used: ${certFile}`, () => createSecureContext({ cert, key }));
  return {
    ...{ cert, key, validUntil: certificate.validToDate.getTime() },
    isFor(host) {
      const address = host.replace(/^\[(.*)\]$/, '$1');
      return (isIP(address) === 0 ? certificate.checkHost(host) : certificate.checkIP(address)) !== undefined;
    },
  };
}

function parseKey(keyFile: string, key: string): KeyObject {
  const message = `key cannot be read: ${keyFile}; it must be PEM, and not encrypted`;
  // The cause may have parts of it.
  return parseOr(message, () => createPrivateKey(key), false);
}

function parseOr<Parsed>(message: string, parse: () => Parsed, withCause = true): Parsed {
  try {
    return parse();
  } catch (cause) {
    throw withCause ? invalid(`${message} (${whyOf(cause)})`, cause) : invalid(message);
  }
}

async function readPem(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw invalid(`${what} cannot be read: ${path} (${whyOf(cause)})`, cause);
  }
}

function contentOf({ cert, key }: ServerCertificate): string {
  return `${cert}\n${key}`;
}

function asRefusal(error: unknown): CodedError {
  if (error instanceof CodedError) return error;
  return invalid(`certificate cannot be taken into use (${whyOf(error)})`, error);
}

/** The same for the same fault, however often it occurs: a message may have names that are made up each time. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('reason' in error) return String(error.reason);
  return 'code' in error ? String(error.code) : error.message;
}

function invalid(message: string, cause?: unknown): InputError {
  return new InputError({ code: 'TLS_CERTIFICATE_INVALID', message, ...(cause === undefined ? {} : { cause }) });
}
