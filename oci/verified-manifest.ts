/** Manifests whose bytes are what their descriptor says. */
import { IntegrityError } from '../errors/errors.ts';
import type { FetchedManifest } from './copy/target.ts';
import { digestOf } from './hash.ts';
import { type Digest, digestAlgorithm } from './spec/digest.ts';
import { manifestSizeBytesMax } from './spec/manifest.ts';

/**
 * The manifest itself, once its size and digest are found right; `name` says where it comes from, for messages.
 * @throws IntegrityError DIGEST_MISMATCH, MANIFEST_TOO_LARGE.
 */
export function verifiedManifest(manifest: FetchedManifest, name: string): FetchedManifest {
  const { descriptor, bytes } = manifest;
  const place = `${name}@${descriptor.digest}`;
  if (bytes.length > manifestSizeBytesMax) {
    const message = `manifest of ${bytes.length} bytes, more than ${manifestSizeBytesMax}: ${place}`;
    throw new IntegrityError({ code: 'MANIFEST_TOO_LARGE', message });
  }
  if (bytes.length !== descriptor.size) {
    const message = `manifest does not match its size: ${place}: ${bytes.length} bytes, not ${descriptor.size}`;
    throw new IntegrityError({ code: 'DIGEST_MISMATCH', message });
  }
  assertDigest(bytes, descriptor.digest, name);
  return manifest;
}

/**
 * Throws unless the bytes have the digest; `name` says where they come from, for messages.
 * @throws IntegrityError DIGEST_MISMATCH.
 */
export function assertDigest(bytes: Uint8Array, digest: Digest, name: string): void {
  const found = digestOf(bytes, digestAlgorithm(digest));
  if (found === digest) return;
  const message = `content does not match its digest: ${name}@${digest}: found ${found}`;
  throw new IntegrityError({ code: 'DIGEST_MISMATCH', message });
}
