/** A number that rises while all goes well and falls when it was too high. */

/** Between which numbers a limit moves. */
export interface LimitRange {
  readonly start: number;
  readonly floor: number;
  readonly ceiling: number;
}

/** What became of a request, as far as a limit is concerned. */
export type LimitOutcome = 'well' | 'overloaded' | 'neither';

/** The number as it is now. */
export interface AdaptiveLimit {
  value(): number;
  /** To be shown with the outcome of what begins now. */
  epoch(): number;
  /** Heeds the outcome of what began in the epoch. */
  learn(outcome: LimitOutcome, epoch: number): void;
}

/**
 * A limit at its start. It grows by one when as many went well as it allows at once, and is halved when there was one
 * too many: once for all that were under way at that time, since they all tell of the same overload.
 */
export function openAdaptiveLimit({ start, floor, ceiling }: LimitRange): AdaptiveLimit {
  let limit = start;
  let successes = 0;
  let halvings = 0;
  return {
    value: () => limit,
    epoch: () => halvings,
    learn(outcome, epoch) {
      if (outcome === 'overloaded' && epoch === halvings) {
        limit = Math.max(floor, Math.floor(limit / 2));
        halvings += 1;
        successes = 0;
      }
      if (outcome !== 'well') return;
      successes += 1;
      if (successes < limit) return;
      limit = Math.min(ceiling, limit + 1);
      successes = 0;
    },
  };
}
