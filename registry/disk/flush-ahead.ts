/** Flushing a file while it grows, so that little is left to wait for at its end. */

export interface FlushAhead {
  /** The file has so many bytes now. */
  grow(sizeBytes: number): void;
  /**
   * Resolves when all of it is on the disk. Rejects when any flush failed, also one that was on the way: the system tells
   * of lost bytes once, and says of the next flush that it went well.
   */
  finish(): Promise<void>;
}

/** New bytes that are worth a flush of their own: some milliseconds of a disk's time. */
export const aheadBytesMin = 4 * 1024 * 1024;

/** Of a file without bytes; `flush` writes what it has at that moment. */
export function openFlushAhead(flush: () => Promise<void>): FlushAhead {
  let begunBytes = 0;
  let running: Promise<void> | undefined;
  let failure: { readonly error: unknown } | undefined;

  async function flushNow(): Promise<void> {
    try {
      await flush();
    } catch (error) {
      failure ??= { error };
    }
  }

  return {
    grow(sizeBytes) {
      if (running !== undefined || sizeBytes - begunBytes < aheadBytesMin) return;
      begunBytes = sizeBytes;
      running = flushNow().finally(() => {
        running = undefined;
      });
    },
    async finish() {
      await Promise.all([running, flushNow()]);
      if (failure !== undefined) throw failure.error;
    },
  };
}
