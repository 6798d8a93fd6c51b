/** How long a token must last to see a body to its end. */

/** Assumed rate, that of a slow line: a token renewed too early costs one request, one that ends too early all bytes. */
const sendingBytesPerMs = 2 * 1024;

/** Longest time a token is asked to last; hardly any live longer. */
const sendingMsMax = 3_600_000;

/**
 * How long sending so many bytes may take, so that a token which would end on the way is replaced before: some
 * registries look at it again when all has arrived, and a body that was streamed cannot be sent a second time.
 */
export function sendingMs(sizeBytes: number): number {
  return Math.min(Math.ceil(sizeBytes / sendingBytesPerMs), sendingMsMax);
}
