/** What must be there before a manifest is stored, and what a list of referrers will show of it. */
import type { Descriptor } from '../../oci/spec/descriptor.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import { blobSuccessors, manifestSuccessors, parseManifest } from '../../oci/spec/manifest.ts';
import { isNonDistributable } from '../../oci/spec/media-type.ts';
import { referrerDescriptor } from '../../oci/spec/referrer.ts';
import type { ManifestPush } from '../storage.ts';

export type ManifestNeeds = Pick<ManifestPush, 'manifest' | 'blobs' | 'manifests' | 'referrer'>;

/**
 * The manifest of those bytes with all that it needs. `contentType` is what it was sent as.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function needsOf(
  { digest, bytes }: { readonly digest: Digest; readonly bytes: Uint8Array },
  contentType: string | undefined,
): ManifestNeeds {
  const parsed = parseManifest(bytes, contentType);
  const { mediaType, subject } = parsed;
  return {
    manifest: { digest, bytes, mediaType, ...(subject === undefined ? {} : { subject: subject.digest }) },
    blobs: blobSuccessors(parsed).filter(mustBeHere),
    manifests: manifestSuccessors(parsed),
    ...(subject === undefined
      ? {}
      : { referrer: referrerDescriptor(parsed, { mediaType, digest, size: bytes.length }) }),
  };
}

/** Layers that may not be distributed lie at their URLs, and were never pushed. */
function mustBeHere({ mediaType, urls }: Descriptor): boolean {
  return !isNonDistributable(mediaType) || urls === undefined || urls.length === 0;
}
