/** Several repositories that are read as one. */
import { listReferrers } from '../../../oci/copy/referrers/referrer-search.ts';
import type { FetchedManifest, Source } from '../../../oci/copy/target.ts';
import { blobNotFound, manifestNotFound } from '../../../oci/not-found.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { isDigest } from '../../../oci/spec/digest.ts';
import { parseManifest, successors } from '../../../oci/spec/manifest.ts';
import type { Tag } from '../../../oci/spec/tag.ts';

/** A repository, and what is known to be in it. */
export interface JoinedPart {
  readonly source: Source;
  readonly known: readonly FetchedManifest[];
}

/**
 * All of them as one repository, in their order: content comes from the first one that has it. Content is looked for
 * where a manifest was found that names it, which is known once the manifest was read.
 */
export function joinedSource(parts: readonly JoinedPart[]): Source {
  const sources = parts.map(({ source }) => source);
  const owners = new Map<Digest, Source>();
  for (const { source, known } of parts) for (const manifest of known) remember(owners, source, manifest);

  const ordered = (digest: Digest): readonly Source[] => {
    const owner = owners.get(digest);
    return owner === undefined ? sources : [owner, ...sources.filter((source) => source !== owner)];
  };

  const resolveFirst = async (tagOrDigest: Tag | Digest, signal?: AbortSignal) => {
    for (const source of isDigest(tagOrDigest) ? ordered(tagOrDigest) : sources) {
      const resolved = await source.resolve(tagOrDigest, signal);
      if (resolved !== undefined) return { source, resolved };
    }
    return undefined;
  };

  const name = sources.map((source) => source.name).join(', ');
  return {
    name,
    resolve: async (tagOrDigest, signal) => (await resolveFirst(tagOrDigest, signal))?.resolved,
    async fetchManifest(tagOrDigest, signal) {
      const found = await resolveFirst(tagOrDigest, signal);
      if (found === undefined) throw manifestNotFound(name, tagOrDigest);
      const manifest = await found.source.fetchManifest(found.resolved.digest, signal);
      remember(owners, found.source, manifest);
      return manifest;
    },
    async hasBlob(blob, signal) {
      for (const source of ordered(blob.digest)) if (await source.hasBlob(blob, signal)) return true;
      return false;
    },
    async fetchBlob(blob, signal) {
      const owner = owners.get(blob.digest);
      if (owner !== undefined) return await owner.fetchBlob(blob, signal);
      for (const source of sources) if (await source.hasBlob(blob, signal)) return await source.fetchBlob(blob, signal);
      throw blobNotFound(name, blob.digest);
    },
    async *listTags(signal) {
      const listed = new Set<Tag>();
      for (const source of sources) {
        for await (const tag of source.listTags(signal)) {
          if (!listed.has(tag)) yield tag;
          listed.add(tag);
        }
      }
    },
    async listReferrers(subject, signal) {
      const listings = await Promise.all(ordered(subject).map((source) => listReferrers(source, subject, signal)));
      const referrers = new Map(listings.flatMap((listing) => listing.referrers).map((entry) => [entry.digest, entry]));
      const door = listings.some((listing) => listing.door === 'fallback-tag') ? 'fallback-tag' : 'api';
      return { door, referrers: [...referrers.values()] };
    },
  };
}

function remember(owners: Map<Digest, Source>, source: Source, { descriptor, bytes }: FetchedManifest): void {
  if (!owners.has(descriptor.digest)) owners.set(descriptor.digest, source);
  for (const { digest } of successors(parseManifest(bytes, descriptor.mediaType))) {
    if (!owners.has(digest)) owners.set(digest, source);
  }
}
