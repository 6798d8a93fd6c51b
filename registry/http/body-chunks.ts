/** The bytes of a request as its connection brings them: not copied, and no more of them than have room. */
import type { IncomingMessage } from 'node:http';
import { ClientGone } from './client-gone.ts';

/** What may wait in memory for whoever reads, before the client is made to wait. */
const waitingBytesMax = 512 * 1024;

/**
 * The bytes as they come. A client that stands still for so long, while somebody waits for it, loses its connection; one
 * that goes away is an error. Stopping early leaves the rest unread.
 * @throws ClientGone.
 */
export async function* bodyChunks(request: IncomingMessage, idleMs: number): AsyncIterable<Uint8Array> {
  const arrived: Uint8Array[] = [];
  let waitingBytes = 0;
  let isWhole = request.readableEnded;
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  function onData(chunk: Uint8Array): void {
    arrived.push(chunk);
    waitingBytes += chunk.length;
    if (waitingBytes >= waitingBytesMax) request.pause();
    wake?.();
  }
  function onEnd(): void {
    isWhole = true;
    wake?.();
  }
  function onGone(error?: Error): void {
    // Each body closes behind its end: an error that nobody hears of is not worth its stack.
    if (isWhole) return;
    failure ??= new ClientGone(error);
    wake?.();
  }
  if (request.destroyed && !isWhole) onGone();
  request.on('data', onData).on('end', onEnd).on('error', onGone).on('close', onGone);
  // The clock runs only while we wait for the client, not while our disk is slow.
  const idle = setInterval(() => wake !== undefined && request.destroy(), idleMs);
  try {
    for (;;) {
      const chunk = arrived.shift();
      if (chunk !== undefined) {
        waitingBytes -= chunk.length;
        yield chunk;
        continue;
      }
      if (isWhole) return;
      if (failure !== undefined) throw failure;
      const more = new Promise<void>((resolve) => {
        wake = resolve;
      });
      request.resume();
      idle.refresh();
      await more;
      wake = undefined;
    }
  } finally {
    clearInterval(idle);
    request.off('data', onData).off('end', onEnd).off('close', onGone).pause();
    // A connection that breaks later must not bring the process down: nobody else listens for it.
    request.once('close', () => request.off('error', onGone));
  }
}
