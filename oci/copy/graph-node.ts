/** One manifest of a graph, and what it points at. */
import { IntegrityError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { blobSuccessors, type Manifest, parseManifest } from '../spec/manifest.ts';
import { isNonDistributable } from '../spec/media-type.ts';
import type { FetchedManifest, Source } from './target.ts';

export interface GraphNode {
  readonly fetched: FetchedManifest;
  readonly manifest: Manifest;
}

/**
 * The manifest of the digest, parsed.
 * @throws NotFoundError MANIFEST_UNKNOWN; IntegrityError DIGEST_MISMATCH, MANIFEST_INVALID, MANIFEST_TOO_LARGE.
 */
export async function fetchNode(source: Source, digest: Digest, signal: AbortSignal): Promise<GraphNode> {
  const fetched = await source.fetchManifest(digest, signal);
  return { fetched, manifest: parseManifest(fetched.bytes, fetched.descriptor.mediaType) };
}

/**
 * Throws unless the node is what the index that lists it says: another type or size would be refused by whoever pulls it.
 * @throws IntegrityError MANIFEST_INVALID.
 */
export function assertListedAs(listed: Descriptor, { fetched }: GraphNode): void {
  const { mediaType, size, digest } = fetched.descriptor;
  if (mediaType === listed.mediaType && size === listed.size) return;
  throw new IntegrityError({
    code: 'MANIFEST_INVALID',
    message: `index lists ${digest} as ${listed.mediaType} of ${listed.size} bytes, it is ${mediaType} of ${size} bytes`,
  });
}

/**
 * The blobs a repository must hold for the manifest to be complete: not those that are fetched from elsewhere.
 * Spec: image-spec v1.1.1, "Non-Distributable Layers".
 */
export function requiredBlobs(manifest: Manifest): readonly Descriptor[] {
  return blobSuccessors(manifest).filter((blob) => !isElsewhere(blob));
}

/** The others: layers that their makers want fetched from elsewhere. */
export function skippedBlobs(manifest: Manifest): readonly Descriptor[] {
  return blobSuccessors(manifest).filter(isElsewhere);
}

function isElsewhere(blob: Descriptor): boolean {
  return isNonDistributable(blob.mediaType) && blob.urls !== undefined && blob.urls.length > 0;
}
