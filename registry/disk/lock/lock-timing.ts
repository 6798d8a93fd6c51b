/** How often the holder of a lock proves that it lives, and how long somebody else waits for it. */
import { setTimeout as pause } from 'node:timers/promises';

/** What a lock needs of time: no clock is compared with another, and none has to be right. */
export interface LockTiming {
  /** From one proof that the holder lives to the next. */
  readonly beatMs: number;
  wait(ms: number, signal: AbortSignal | undefined): Promise<void>;
  /** Calls again and again until the function that it returns is called. Keeps no process alive. */
  every(ms: number, work: () => void): () => void;
}

/** Five missed beats are ten seconds: longer than a disk that is busy holds up one of them, and too short to be missed at night. */
export const lockTiming: LockTiming = {
  beatMs: 2_000,
  wait: (ms, signal) => pause(ms, undefined, signal === undefined ? {} : { signal }),
  every(ms, work) {
    const timer = setInterval(work, ms).unref();
    return () => clearInterval(timer);
  },
};

/** So many beats in a row that did not come, and the holder counts as dead. */
export const beatsMissedMax = 5;

/** How long the lock of a holder with the beat stands without one. */
export function patienceMsOf(beatMs: number): number {
  return beatMs * beatsMissedMax;
}
