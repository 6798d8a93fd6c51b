/** What TLS connections to registries are made with: whom to trust, and who we are. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { InputError } from '../../../errors/errors.ts';

/** A certificate to show to a registry that wants one. */
export interface ClientCertificate {
  /** PEM of the certificate, and of those between it and its authority. */
  readonly cert: string;
  /** PEM of its key, not encrypted. */
  readonly key: string;
}

/** The certificates in a PEM text, each by itself. */
export const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * The context; undefined where the system's own will do. Made once for all connections: reading some 140 root
 * certificates for each would cost more than the handshake.
 *
 * @throws InputError CONFIG_INVALID when the authority, the certificate or its key cannot be read, or they do not belong
 * together. Nothing of the key is repeated.
 */
export function openTlsContext(
  ca: string | undefined,
  client: ClientCertificate | undefined,
): SecureContext | undefined {
  if (ca === undefined && client === undefined) return undefined;
  const authorities = ca === undefined ? undefined : parseAuthority(ca);
  if (client !== undefined) assertClientCertificate(client);
  return createSecureContext({
    ...(authorities === undefined ? {} : { ca: [...getCACertificates('default'), ...authorities] }),
    ...(client === undefined ? {} : { cert: client.cert, key: client.key }),
  });
}

function parseAuthority(pem: string): readonly string[] {
  const certificates = pem.match(certificatePem) ?? [];
  try {
    // createSecureContext passes over in silence what is not a certificate.
    for (const certificate of certificates) new X509Certificate(certificate);
  } catch (cause) {
    throw invalid('certificate authority cannot be read', cause);
  }
  if (certificates.length === 0) throw invalid('certificate authority has no PEM certificate in it');
  return certificates;
}

function assertClientCertificate({ cert, key }: ClientCertificate): void {
  const [own] = cert.match(certificatePem) ?? [];
  if (own === undefined) throw invalid('client certificate has no PEM certificate in it');
  let belongs: boolean;
  try {
    belongs = new X509Certificate(own).checkPrivateKey(createPrivateKey(key));
  } catch {
    throw invalid('client certificate or its key cannot be read; a key must be PEM, and not encrypted');
  }
  if (!belongs) throw invalid('client certificate and key do not belong together');
}

function invalid(message: string, cause?: unknown): InputError {
  return new InputError({ code: 'CONFIG_INVALID', message, cause });
}
