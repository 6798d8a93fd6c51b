/** Time as the client uses it: the clock, waiting, chance, and how long is too long. The only file here that reads a clock. */
import { setTimeout as delay } from 'node:timers/promises';

/** What a client needs to know of time; tests bring their own. */
export interface Timing {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after the delay; rejects with the signal's reason when that comes first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** A number from 0 up to but not including 1, to spread attempts. */
  random(): number;
  /** How long a registry may take to begin its answer to a request without a large body. */
  readonly answerMs: number;
  /** How long a registry may take to answer once it has all of a blob: it hashes, and may move, what it was sent. */
  readonly commitMs: number;
  /** How long a body may stand still, in either direction; also how long a whole document may take to arrive. */
  readonly stallMs: number;
}

/**
 * The system's time, with limits from the field: registries were seen to take 5 to 11 seconds to commit 700 MB, and
 * minutes when their storage is a bucket.
 */
export const systemTiming: Timing = {
  now: () => Date.now(),
  sleep: async (delayMs, signal) => {
    try {
      await delay(delayMs, undefined, signal === undefined ? {} : { signal });
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause;
    }
  },
  random: () => Math.random(),
  answerMs: 30_000,
  commitMs: 15 * 60_000,
  stallMs: 60_000,
};
