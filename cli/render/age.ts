/** Spans of time for people: one number, one unit. */

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long something took or has lasted, such as `850 ms`, `12 s`, `5 min`, `3 h`, `40 d`. */
export function formatSpan(spanMs: number): string {
  if (spanMs < second) return `${Math.max(0, Math.round(spanMs))} ms`;
  if (spanMs < 10 * second) return `${(Math.floor(spanMs / 100) / 10).toFixed(1)} s`;
  return wholeUnits(spanMs);
}

/** How long ago a moment was, such as `now`, `12 s`, `5 min`; an empty text when the moment is unknown. */
export function formatAge(at: string | undefined, now: number): string {
  const then = at === undefined ? Number.NaN : Date.parse(at);
  if (Number.isNaN(then)) return '';
  return now - then < second ? 'now' : wholeUnits(now - then);
}

function wholeUnits(spanMs: number): string {
  if (spanMs < minute) return `${Math.floor(spanMs / second)} s`;
  if (spanMs < hour) return `${Math.floor(spanMs / minute)} min`;
  if (spanMs < 2 * day) return `${Math.floor(spanMs / hour)} h`;
  return `${Math.floor(spanMs / day)} d`;
}
