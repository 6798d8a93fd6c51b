/** A signal that heeds another one after a while. */

/** The signal, and the end of its watch. */
export interface LateSignal {
  /** Aborts so long after the other, with its reason. */
  readonly signal: AbortSignal;
  /** Nothing aborts it any more. */
  close(): void;
}

/** A signal that leaves what is under way `lateMs` to come to its end. */
export function openLateSignal(signal: AbortSignal, lateMs: number): LateSignal {
  const late = new AbortController();
  let patience: NodeJS.Timeout | undefined;
  const onAbort = () => {
    patience = setTimeout(() => late.abort(signal.reason), lateMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: late.signal,
    close() {
      clearTimeout(patience);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
