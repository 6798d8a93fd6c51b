/** Work that must not overlap, by what it is about. */

/** Runs the work when all that was asked for before under the same key has settled; passes on what it returns or throws. */
export type Turns = <Result>(key: string, work: () => Promise<Result>) => Promise<Result>;

/** Turns nobody waits for yet. A key is forgotten with its last work. */
export function openTurns(): Turns {
  const last = new Map<string, Promise<void>>();
  return async (key, work) => {
    const before = last.get(key);
    const { promise: settled, resolve: settle } = Promise.withResolvers<void>();
    last.set(key, settled);
    try {
      await before;
      return await work();
    } finally {
      settle();
      if (last.get(key) === settled) last.delete(key);
    }
  };
}
