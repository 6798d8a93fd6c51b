/** What a manifest cannot be served without. */
import type { Digest } from '../../oci/spec/digest.ts';
import { needsOf } from '../content/manifest-needs.ts';
import type { StoredManifest } from '../storage.ts';

export interface ContentNeeds {
  readonly blobs: readonly Digest[];
  readonly manifests: readonly Digest[];
}

/** The blobs and manifests it needs; none of what lies at URLs of its own, none of a document that cannot be understood. */
export function contentNeeds(manifest: StoredManifest): ContentNeeds {
  try {
    const { blobs, manifests } = needsOf(manifest, manifest.mediaType);
    return { blobs: blobs.map(({ digest }) => digest), manifests: manifests.map(({ digest }) => digest) };
  } catch {
    return { blobs: [], manifests: [] };
  }
}
