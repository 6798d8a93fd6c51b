/**
 * Holding collection off, for whoever reads the data directory from outside: while a hold lasts, nothing is removed but
 * what a caller deletes. A hold ends by itself soon after nobody renews it, so one that was forgotten costs nothing.
 */

/** One hold, as others are told of it. */
export interface CollectionHold {
  readonly id: string;
  readonly why: string;
  /** Name of who asked for it. */
  readonly by: string;
  /** For how long it still lasts. */
  readonly lastsMs: number;
}

export interface CollectionHolds {
  /**
   * Begins a hold or renews it; once this resolves nothing is being removed. One that had ended begins again: its holder
   * is told that something may have been removed in between.
   */
  hold(asked: Omit<CollectionHold, 'lastsMs'>): Promise<HoldOutcome>;
  /** Ends it; false when there was none. */
  release(id: string): boolean;
  /** Those that last. */
  list(): readonly CollectionHold[];
  /** Runs the removal unless there is a hold, and then returns undefined; a hold that comes meanwhile waits for it. */
  unlessHeld<Result>(removal: () => Promise<Result>): Promise<Result | undefined>;
}

export interface HoldOutcome {
  readonly hold: CollectionHold;
  /** Whether it lasted since it was begun or renewed before. */
  readonly renewed: boolean;
}

/** Long enough for a holder whose machine is busy, short enough that nobody misses a collection. */
export const holdMs = 60_000;

/** No holds yet. `uptime` goes on evenly, in milliseconds from any beginning: the time of day may jump. */
export function openCollectionHolds(uptime: () => number): CollectionHolds {
  const holds = new Map<string, Omit<CollectionHold, 'lastsMs'> & { readonly endsAt: number }>();
  const removals = new Set<Promise<unknown>>();

  function list(): readonly CollectionHold[] {
    const now = uptime();
    for (const [id, { endsAt }] of holds) if (endsAt <= now) holds.delete(id);
    return [...holds.values()].map(({ endsAt, ...hold }) => ({ ...hold, lastsMs: endsAt - now }));
  }

  return {
    list,
    async hold(asked) {
      const renewed = list().some(({ id }) => id === asked.id);
      holds.set(asked.id, { ...asked, endsAt: uptime() + holdMs });
      await Promise.allSettled(removals);
      return { hold: { ...asked, lastsMs: holdMs }, renewed };
    },
    release: (id) => holds.delete(id),
    async unlessHeld(removal) {
      if (list().length > 0) return undefined;
      const removing = removal();
      removals.add(removing);
      try {
        return await removing;
      } finally {
        removals.delete(removing);
      }
    },
  };
}
