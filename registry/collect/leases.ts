/**
 * What clients were lately told is there: for a while nothing of it may be collected, whether anything points at it or
 * not. A client that asked for a blob and heard that it is here will not send it before it names it in a manifest.
 */

/** The state of the leases at one moment, to ask later what was touched since. */
export type LeaseMark = number;

export interface Leases {
  /** Begins the lease of what the key names anew. */
  touch(key: string): void;
  /** This moment: everything touched from now on counts as touched since. */
  mark(): LeaseMark;
  /** Milliseconds since the key was touched, or since the longest time for which that is known. */
  ageMs(key: string): number;
  touchedSince(key: string, mark: LeaseMark): boolean;
  /** Forgets what was touched longer ago than this, and not since the mark. */
  forget(ageMs: number, mark: LeaseMark): void;
}

export interface LeasesInit {
  /** A clock that goes on evenly, in milliseconds from any beginning: the time of day may jump. */
  readonly uptime: () => number;
  /** Leases kept at most; more than this, and the oldest are forgotten, which makes all others' ages count from then. */
  readonly entriesMax?: number;
}

/** Some two hundred bytes each. A push touches about ten. */
const leaseEntriesMax = 250_000;

interface Lease {
  readonly at: number;
  readonly order: number;
}

/** Leases that begin now, with everything touched: nobody knows what was told before. */
export function openLeases({ uptime, entriesMax = leaseEntriesMax }: LeasesInit): Leases {
  /** In the order in which they were touched. */
  const entries = new Map<string, Lease>();
  let order = 0;
  /** What has no entry was not touched after this. */
  let floor: Lease = { at: uptime(), order: 0 };

  function leaseOf(key: string): Lease {
    return entries.get(key) ?? floor;
  }

  return {
    touch(key) {
      order += 1;
      entries.delete(key);
      entries.set(key, { at: uptime(), order });
      if (entries.size <= entriesMax) return;
      for (const [oldest, lease] of entries) {
        entries.delete(oldest);
        floor = lease;
        return;
      }
    },
    mark: () => order,
    ageMs: (key) => uptime() - leaseOf(key).at,
    touchedSince: (key, mark) => leaseOf(key).order > mark,
    forget(ageMs, mark) {
      const before = uptime() - ageMs;
      for (const [key, lease] of entries) {
        if (lease.at > before || lease.order > mark) return;
        entries.delete(key);
      }
    },
  };
}
