/** A bound on how much goes on at once. */

/** Runs the work when a slot is free, first come first served; passes on what the work returns or throws. */
export type Slots = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** At most `count` works run at once. With one slot they run strictly one after the other. */
export function openSlots(count: number): Slots {
  let waiting: (() => void)[] = [];
  /** Where the queue begins: taking from the front of an array moves all the rest, and a graph may queue 50 000. */
  let first = 0;
  let free = count;

  async function occupy(): Promise<void> {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** A slot goes straight to who waited longest, so no newcomer can take it in between. */
  function vacate(): void {
    const next = waiting[first];
    if (next === undefined) {
      free += 1;
      return;
    }
    first += 1;
    if (first * 2 > waiting.length) {
      waiting = waiting.slice(first);
      first = 0;
    }
    next();
  }

  return async (work) => {
    await occupy();
    try {
      return await work();
    } finally {
      vacate();
    }
  };
}
