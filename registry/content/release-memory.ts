/** Giving memory back without waiting for the garbage collector. */

/**
 * Frees the memory of chunks that nobody reads any more; they are empty afterwards. What may share its memory with others
 * is left as it is.
 *
 * Each chunk of a body has 64 KiB or so of its own. The collector counts them, and looks through everything that the
 * process has after a few tens of MiB of them: a sixth of the work of an upload, and memory that was cold when it was used again.
 */
export function releaseMemory(chunks: readonly Uint8Array[]): void {
  for (const { buffer, byteLength } of chunks) {
    if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
  }
}
