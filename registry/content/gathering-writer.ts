/** Chunks that come while others are being written are written together: the disk is asked less often, for more. */

export interface GatheringWriter {
  /** Resolves when more may come, which is before the chunk is written. */
  write(chunk: Uint8Array): Promise<void>;
  /** Resolves when all is written. */
  flush(): Promise<void>;
}

/** What waits in memory for the disk, of one upload. */
const gatheredBytesMax = 1024 * 1024;

/** Writes through `add`, one call at a time. After a failure nothing more is written, and each call fails with it. */
export function gatheringWriter(add: (chunks: readonly Uint8Array[]) => Promise<void>): GatheringWriter {
  let gathered: Uint8Array[] = [];
  let gatheredBytes = 0;
  let writing: Promise<void> | undefined;
  let failed = false;

  async function writeAll(): Promise<void> {
    while (gathered.length > 0) {
      const chunks = gathered;
      gathered = [];
      gatheredBytes = 0;
      await add(chunks);
    }
    writing = undefined;
  }

  return {
    async write(chunk) {
      if (failed || gatheredBytes >= gatheredBytesMax) await writing;
      gathered.push(chunk);
      gatheredBytes += chunk.length;
      if (writing !== undefined) return;
      writing = writeAll();
      writing.catch(() => {
        failed = true;
      });
    },
    async flush() {
      await writing;
    },
  };
}
