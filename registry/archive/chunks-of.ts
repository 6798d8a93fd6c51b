/** A file's bytes, a piece at a time: archives have files larger than any memory. */
import { createReadStream } from 'node:fs';

/** Large enough that the system calls do not show. */
const chunkBytes = 1024 * 1024;

/** The bytes of the file at the path, in order, until the signal ends it. */
export function chunksOf(path: string, signal?: AbortSignal): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: chunkBytes, ...(signal === undefined ? {} : { signal }) });
}
