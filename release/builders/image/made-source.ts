/** A source with manifests, and what they need, that were made here, in front of what it has. */

import { streamOf } from '../../../oci/byte-stream.ts';
import { listReferrers } from '../../../oci/copy/referrers/referrer-search.ts';
import type { FetchedManifest, Source } from '../../../oci/copy/target.ts';
import { digestOf } from '../../../oci/hash.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { referrerIn } from '../../../oci/store/referrer-in.ts';

/** The manifest in the bytes. */
export function madeManifest(mediaType: string, bytes: Uint8Array): FetchedManifest {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/** What is different about a source. */
export interface Changes {
  /** Manifests that it gives out as well, those with a subject also among its referrers. */
  readonly made: readonly FetchedManifest[];
  /** Blobs that it gives out as well, by their digests. */
  readonly blobs?: ReadonlyMap<Digest, Uint8Array>;
  /** The one of them that stands in the place of the image, if any does: the repository need not have it. */
  readonly root?: Digest;
  /** Referrers that it does not list any more. */
  readonly leftOut?: ReadonlySet<Digest>;
}

/** The source with these changes, of which its repository learns nothing. */
export function madeSource(source: Source, { made, blobs, root, leftOut }: Changes): Source {
  const byDigest = new Map<string, FetchedManifest>(made.map((manifest) => [manifest.descriptor.digest, manifest]));
  return {
    ...source,
    ...(root === undefined ? {} : { made: root }),
    resolve: async (tagOrDigest, signal) =>
      byDigest.get(tagOrDigest)?.descriptor ?? (await source.resolve(tagOrDigest, signal)),
    fetchManifest: async (tagOrDigest, signal) =>
      byDigest.get(tagOrDigest) ?? (await source.fetchManifest(tagOrDigest, signal)),
    hasBlob: async (descriptor, signal) =>
      blobs?.get(descriptor.digest)?.length === descriptor.size || (await source.hasBlob(descriptor, signal)),
    async fetchBlob(descriptor, signal) {
      const bytes = blobs?.get(descriptor.digest);
      return bytes === undefined ? await source.fetchBlob(descriptor, signal) : streamOf(bytes);
    },
    async listReferrers(subject, signal) {
      const { door, referrers } = await listReferrers(source, subject, signal);
      const ours = made.map((manifest) => referrerIn(manifest, subject)).filter((entry) => entry !== undefined);
      const others = referrers.filter(({ digest }) => !byDigest.has(digest) && leftOut?.has(digest) !== true);
      return { door, referrers: [...others, ...ours] };
    },
  };
}
