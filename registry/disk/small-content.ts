/** Small content in memory while it is asked for again and again: configurations, signatures, small layers. */
import type { Digest } from '../../oci/spec/digest.ts';
import { readThroughCache } from './read-through-cache.ts';

export interface SmallContent {
  /**
   * The bytes; undefined when the content is to be read from the disk this time: it is large, it was not asked for lately,
   * or `load` has not found so many bytes of it.
   */
  read(digest: Digest, sizeBytes: number, load: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined>;
  /** Drops what lies there as another file now. */
  forget(digest: Digest): void;
  /** Drops everything. */
  clear(): void;
}

/** Longer content is not kept: opening its file is a small part of reading it. */
export const smallContentBytesMax = 1024 * 1024;

/** What is kept weighs at most this together: as much as a few images in use have of small content, or a thousand have of configurations. */
export const keptContentBytesMax = 32 * 1024 * 1024;

/** What an entry weighs beside its bytes, so that their number is bounded as well. */
const entryBytes = 1024;

interface Entry {
  readonly sizeBytes: number;
  /** Absent while it was asked for once. */
  bytes?: Promise<Uint8Array | undefined>;
}

/**
 * Nothing in memory. Content is kept when it is asked for again before others of the whole weight were asked for: only
 * then would it have been there the next time. What is read once, and a round of more than fits, takes no memory at all.
 */
export function openSmallContent(): SmallContent {
  const entries = readThroughCache<Entry>({
    weightMax: keptContentBytesMax,
    weigh: ({ sizeBytes }) => sizeBytes + entryBytes,
  });

  return {
    async read(digest, sizeBytes, load) {
      if (sizeBytes > smallContentBytesMax) return undefined;
      const entry = await entries.read(digest, async () => undefined);
      if (entry === undefined) {
        entries.remember(digest, { sizeBytes });
        return undefined;
      }
      entry.bytes ??= load().catch(() => undefined);
      const bytes = await entry.bytes;
      if (bytes?.length === sizeBytes) return bytes;
      entries.forget(digest);
      return undefined;
    },
    forget: entries.forget,
    clear: entries.clear,
  };
}
