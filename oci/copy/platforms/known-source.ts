/** A source of which one manifest is in hand already. */
import type { FetchedManifest, Source } from '../target.ts';

/** The source, which is not asked for the known manifest's digest: it may not even have it, when it was made here. */
export function knownSource(source: Source, known: FetchedManifest): Source {
  const { descriptor } = known;
  return {
    ...source,
    resolve: async (tagOrDigest, signal) =>
      tagOrDigest === descriptor.digest ? descriptor : await source.resolve(tagOrDigest, signal),
    fetchManifest: async (tagOrDigest, signal) =>
      tagOrDigest === descriptor.digest ? known : await source.fetchManifest(tagOrDigest, signal),
  };
}
