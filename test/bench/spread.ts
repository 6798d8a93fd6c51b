/** A sample of times in two numbers: the usual one and the bad one. */

export interface Spread {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
}

/** The spread of the times, in the unit they have, to a tenth. */
export function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => roundTo(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN, 1);
  return { count: sorted.length, p50: at(0.5), p95: at(0.95) };
}

/** The number to so many decimal places. */
export function roundTo(value: number, places: number): number {
  return Number(value.toFixed(places));
}
