/** What a manifest cannot be served without. */
import type { Digest } from '../../oci/spec/digest.ts';
import { blobSuccessors, manifestSuccessors, parseManifest } from '../../oci/spec/manifest.ts';
import { isNonDistributable } from '../../oci/spec/media-type.ts';
import type { StoredManifest } from '../storage.ts';

export interface ContentNeeds {
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
}

/** The blobs and manifests it needs; none of what lies at URLs of its own, none of a document that cannot be understood. */
export function contentNeeds({ bytes, mediaType }: Pick<StoredManifest, 'bytes' | 'mediaType'>): ContentNeeds {
  try {
    const manifest = parseManifest(bytes, mediaType);
    const blobs = blobSuccessors(manifest).filter(
      (blob) => !isNonDistributable(blob.mediaType) || blob.urls === undefined || blob.urls.length === 0,
    );
    return {
      blobs: blobs.map(({ digest }) => digest),
      manifests: manifestSuccessors(manifest).map(({ digest }) => digest),
    };
  } catch {
    return { blobs: [], manifests: [] };
  }
}
