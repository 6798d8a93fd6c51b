/**
 * The certificate that the registry shows, left in its data directory for whoever on this machine belongs to it: they
 * trust that one and no other, whoever signed it and whatever name it is for.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureTextDurably } from './disk/durable-file.ts';
import { certificatePem } from './http/server-certificate.ts';

/** Path of the file in the registry's data directory. It is there while the registry speaks TLS. */
export function servedCertificatePath(dataDirectory: string): string {
  return join(dataDirectory, 'served-certificate.pem');
}

/**
 * Leaves the certificates, each without its chain: the one shown from now on, and the one that was until now. A file that
 * says so already, as after most restarts, stays as it is.
 */
export async function leaveServedCertificates(dataDirectory: string, chains: readonly string[]): Promise<void> {
  const own = chains.flatMap((pem) => pem.match(certificatePem)?.[0] ?? []);
  await ensureTextDurably(servedCertificatePath(dataDirectory), `${own.join('\n')}\n`);
}

/** Takes the file away. */
export async function removeServedCertificates(dataDirectory: string): Promise<void> {
  await rm(servedCertificatePath(dataDirectory), { force: true });
}
