/** Time that passes only while somebody waits for it, and then at once: for both sides of an exchange. */
import type { Timing } from '../../oci/client/wire/timing.ts';

export interface SkippedTime extends Timing {
  /** Milliseconds waited so far, by whoever waited longest. */
  waitedMs(): number;
}

/** How long others have, on the wall, to get to where they wait as well. */
const turnMs = 2;

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

/** A clock that goes from one who waits to the next, the earliest first. What stands still is noticed within the limits. */
export function skippedTime(limits: Pick<Timing, 'answerMs' | 'commitMs' | 'stallMs'>): SkippedTime {
  const begin = Date.parse('2026-11-23T12:00:00Z');
  let clock = begin;
  let sleepers: readonly Sleeper[] = [];

  const goOn = () => {
    const wakesAt = Math.min(...sleepers.map((one) => one.wakesAt));
    clock = Math.max(clock, wakesAt);
    const awake = sleepers.filter((one) => one.wakesAt <= clock);
    sleepers = sleepers.filter((one) => one.wakesAt > clock);
    for (const { wake } of awake) wake();
    if (sleepers.length > 0) setTimeout(goOn, turnMs);
  };

  return {
    ...limits,
    now: () => clock,
    random: () => 0,
    waitedMs: () => clock - begin,
    async sleep(delayMs, signal) {
      signal?.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      if (sleepers.length === 0) setTimeout(goOn, turnMs);
      sleepers = [...sleepers, { wakesAt: clock + Math.max(0, delayMs), wake: resolve }];
      await promise;
      signal?.throwIfAborted();
    },
  };
}
