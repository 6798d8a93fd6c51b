/** A timer that notices when nothing moves any more. */

/** A timer that barks when it was neither fed nor put to rest within its limit. */
export interface Watchdog {
  /** Starts the limit over. */
  feed(): void;
  /** Stops minding until fed again: what it waits for now may take as long as it likes. */
  rest(): void;
  /** Ends it for good. */
  close(): void;
}

/** A watchdog at rest; `bark` is called at most once per feeding. */
export function openWatchdog(limitMs: number, bark: () => void): Watchdog {
  let resting = true;
  const timer = setTimeout(() => {
    if (resting) return;
    resting = true;
    bark();
  }, limitMs);
  timer.unref();
  return {
    feed() {
      resting = false;
      timer.refresh();
    },
    rest() {
      resting = true;
    },
    close() {
      resting = true;
      clearTimeout(timer);
    },
  };
}
