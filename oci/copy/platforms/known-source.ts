/** A source of which one manifest is in hand already. */
import type { FetchedManifest, Source } from '../target.ts';

/** The source, which is not asked for the known manifest's digest; nor does its repository have it when it is `made` here. */
export function knownSource(source: Source, known: FetchedManifest, origin: 'found' | 'made' = 'found'): Source {
  const { descriptor } = known;
  return {
    ...source,
    ...(origin === 'made' ? { made: descriptor.digest } : {}),
    resolve: async (tagOrDigest, signal) =>
      tagOrDigest === descriptor.digest ? descriptor : await source.resolve(tagOrDigest, signal),
    fetchManifest: async (tagOrDigest, signal) =>
      tagOrDigest === descriptor.digest ? known : await source.fetchManifest(tagOrDigest, signal),
  };
}
