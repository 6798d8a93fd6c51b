/** Days by the calendar, from epoch milliseconds. The one file of the domain that may touch `Date`. */

/** The day in Greenwich, as `2026-11-30`. */
export function utcDay(epochMs: number): string {
  return new Date(epochMs).toISOString().slice(0, 'YYYY-MM-DD'.length);
}
