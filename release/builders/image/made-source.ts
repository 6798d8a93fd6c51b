/** A source with manifests that were made here, in front of what it has. */
import { listReferrers } from '../../../oci/copy/referrers/referrer-search.ts';
import type { FetchedManifest, Source } from '../../../oci/copy/target.ts';
import { digestOf } from '../../../oci/hash.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { referrerIn } from '../../../oci/store/referrer-in.ts';

/** The manifest in the bytes. */
export function madeManifest(mediaType: string, bytes: Uint8Array): FetchedManifest {
  return { descriptor: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

/**
 * The source, which also gives out these manifests and lists those with a subject among its referrers. `root` is the one
 * that stands in the place of the image, when that one was made: its repository need not have it.
 */
export function madeSource(source: Source, made: readonly FetchedManifest[], root: Digest | undefined): Source {
  const byDigest = new Map<string, FetchedManifest>(made.map((manifest) => [manifest.descriptor.digest, manifest]));
  return {
    ...source,
    ...(root === undefined ? {} : { made: root }),
    resolve: async (tagOrDigest, signal) =>
      byDigest.get(tagOrDigest)?.descriptor ?? (await source.resolve(tagOrDigest, signal)),
    fetchManifest: async (tagOrDigest, signal) =>
      byDigest.get(tagOrDigest) ?? (await source.fetchManifest(tagOrDigest, signal)),
    async listReferrers(subject, signal) {
      const { door, referrers } = await listReferrers(source, subject, signal);
      const ours = made.map((manifest) => referrerIn(manifest, subject)).filter((entry) => entry !== undefined);
      const others = referrers.filter(({ digest }) => !byDigest.has(digest));
      return { door, referrers: [...others, ...ours] };
    },
  };
}
