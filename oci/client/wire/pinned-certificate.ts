/** Trusting the certificate of one registry by itself: whoever signed it, whatever name it is for, however old it is. */
import { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { certificatePem } from './tls-context.ts';

/** PEM of the certificates of which the registry shows one. Asked with every connection: certificates are renewed. */
export type PinnedCertificates = () => Promise<string>;

/** What a connection fails with on which something else was shown. */
export const notPinnedCode = 'CERTIFICATE_NOT_PINNED';

/**
 * Whether the connection is to the one that holds the key of a pinned certificate. Without TLS it is not.
 * @throws what reading them throws.
 */
export async function isPinned(socket: Socket, pinned: PinnedCertificates): Promise<boolean> {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (shown === undefined) return false;
  const certificates = (await pinned()).match(certificatePem) ?? [];
  return certificates.some((pem) => new X509Certificate(pem).raw.equals(shown.raw));
}
