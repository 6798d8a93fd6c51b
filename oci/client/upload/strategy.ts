/** Which way to send a blob to one registry: by what its name tells, corrected by what it answers. */
import type { RegistryQuirks, UploadWay } from '../quirks.ts';

/** A way that a registry did not take for one blob. */
export interface RefusedWay {
  readonly way: UploadWay;
  /** Of the answer; 413 is about the size alone. */
  readonly status: number;
}

/** What is known of one registry, for as long as its client lives. */
export interface UploadStrategy {
  readonly quirks: RegistryQuirks;
  /** The first way that suits a blob of the size and was not refused for it; undefined when none is left. */
  wayFor(sizeBytes: number, refused: readonly RefusedWay[]): UploadWay | undefined;
  /** Some way worked: only now is it clear that the ways refused before were the trouble, and not the blob. */
  learn(sizeBytes: number, refused: readonly RefusedWay[]): void;
  /** Whether `Range` tells how far a chunked upload has come. */
  believesRanges(): boolean;
  /** A chunk was taken, and the range said that nothing had come. */
  distrustRanges(): void;
  /** How large a chunk to send. */
  chunkSizeBytes(): number;
  /** A chunk of the size was too large; false when there is no smaller one to try. */
  shrinkChunk(sizeBytes: number): boolean;
}

/** Smallest chunk worth trying: what a proxy that nobody configured lets through (nginx: `client_max_body_size 1m`). */
const chunkSizeBytesMin = 1024 * 1024;

/**
 * Up to this size a blob is read before it is sent: as a stream it would cost more than its bytes. Sixty-four of them,
 * which is what a copy has under way, are 16 MiB.
 */
export const wholeSizeBytesMax = 256 * 1024;

/** A strategy that has learnt nothing yet. */
export function openUploadStrategy(quirks: RegistryQuirks): UploadStrategy {
  /** Largest blob that each way is tried with; 0 where it is known to be refused. */
  const sizesMax = new Map<UploadWay, number>([['put', quirks.putSizeBytesMax]]);
  let chunkSizeBytes = quirks.chunkSizeBytes;
  let areRangesBelieved = quirks.rangeAnswers === 'believed';
  const suits = (way: UploadWay, sizeBytes: number) => sizeBytes <= (sizesMax.get(way) ?? Number.POSITIVE_INFINITY);

  return {
    quirks,
    wayFor(sizeBytes, refused) {
      // An empty blob has nothing to be refused for, and no chunks.
      if (sizeBytes === 0) return refused.length === 0 ? 'put' : undefined;
      const left = quirks.uploadWays.filter((way) => refused.every((other) => other.way !== way));
      // What was refused for others is still better than giving up.
      return left.find((way) => suits(way, sizeBytes)) ?? left[0];
    },
    learn(sizeBytes, refused) {
      for (const { way, status } of refused) {
        const sizeBytesMax = status === 413 ? sizeBytes - 1 : 0;
        sizesMax.set(way, Math.min(sizesMax.get(way) ?? Number.POSITIVE_INFINITY, sizeBytesMax));
      }
    },
    believesRanges: () => areRangesBelieved,
    distrustRanges() {
      areRangesBelieved = false;
    },
    chunkSizeBytes: () => chunkSizeBytes,
    shrinkChunk(sizeBytes) {
      const smaller = Math.max(chunkSizeBytesMin, Math.floor(sizeBytes / 2));
      if (smaller >= sizeBytes) return false;
      chunkSizeBytes = Math.min(chunkSizeBytes, smaller);
      return true;
    },
  };
}
