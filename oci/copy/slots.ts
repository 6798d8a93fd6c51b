/** A bound on how much goes on at once. */

/** Runs the work when a slot is free, first come first served; passes on what the work returns or throws. */
export type Slots = <Result>(work: () => Promise<Result>) => Promise<Result>;

/** At most `count` works run at once. With one slot they run strictly one after the other. */
export function openSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;

  async function occupy(): Promise<void> {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  }

  /** A slot goes straight to who waited longest, so no newcomer can take it in between. */
  function vacate(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
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
