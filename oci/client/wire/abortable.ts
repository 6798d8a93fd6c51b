/** Waiting for a promise no longer than a signal allows. */

/**
 * The promise's outcome, or the signal's reason if that comes first.
 *
 * The work behind the promise goes on. Needed where others wait for the same work, and because undici notices an abort
 * of a request that still queues for a connection only when its turn has come.
 */
export async function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return await promise;
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) onAbort();
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
