/** Chance that a seed repeats. */

export interface Chance {
  /** A whole number from 0 up to, not including, the bound. */
  below(bound: number): number;
  pick<Entry>(entries: readonly Entry[]): Entry;
  /** True once in so many times. */
  once(times: number): boolean;
}

/** The chance of a seed. */
export function openChance(seed: number): Chance {
  let state = seed >>> 0;

  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  const below = (bound: number) => Math.floor(next() * bound);
  return {
    below,
    pick<Entry>(entries: readonly Entry[]): Entry {
      const entry = entries[below(entries.length)];
      if (entry === undefined) throw new Error('nothing to pick from');
      return entry;
    },
    once: (times) => below(times) === 0,
  };
}
