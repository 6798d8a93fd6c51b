/** One direction of a connection, later by a fixed time and otherwise as it was. */
import type { Duplex } from 'node:stream';

export interface PipeOptions {
  readonly delayMs: number;
  /** Sees every chunk when it arrives, before the delay. */
  readonly onChunk: (chunk: Buffer) => void;
}

interface Waiting {
  readonly dueMs: number;
  /** Undefined for the end of the stream. */
  readonly chunk: Buffer | undefined;
}

/**
 * Bytes on the way before the sender is held back: at 20 ms this is 6 GB/s, so the wire delays but does not throttle;
 * only a receiver that does not read is felt by the sender, as on a real wire.
 */
const onTheWayBytesMax = 128 * 1024 * 1024;

/** Passes all that comes from one stream to the other, each chunk `delayMs` after it came, in its order. */
export function pipeDelayed(from: Duplex, to: Duplex, { delayMs, onChunk }: PipeOptions): void {
  const line: Waiting[] = [];
  let onTheWayBytes = 0;
  let isArmed = false;

  from.on('data', (chunk: Buffer) => {
    onChunk(chunk);
    onTheWayBytes += chunk.length;
    if (onTheWayBytes > onTheWayBytesMax) from.pause();
    enqueue(chunk);
  });
  from.on('end', () => enqueue(undefined));

  function enqueue(chunk: Buffer | undefined): void {
    line.push({ dueMs: performance.now() + delayMs, chunk });
    if (!isArmed) release();
  }

  function release(): void {
    isArmed = false;
    for (let [first] = line; first !== undefined; [first] = line) {
      if (to.destroyed) return;
      const leftMs = delayMs === 0 ? 0 : first.dueMs - performance.now();
      if (leftMs > 0 || to.writableNeedDrain) {
        isArmed = true;
        if (leftMs > 0) setTimeout(release, leftMs);
        else to.once('drain', release);
        return;
      }
      line.shift();
      pass(first.chunk);
    }
  }

  function pass(chunk: Buffer | undefined): void {
    if (chunk === undefined) {
      to.end();
      return;
    }
    to.write(chunk);
    onTheWayBytes -= chunk.length;
    if (onTheWayBytes <= onTheWayBytesMax && from.isPaused()) from.resume();
  }
}
