/** Durations as people write them in the configuration: `30m`, `24h`. */

/** Longest duration the configuration takes: a year. */
const durationMsMax = 365 * 24 * 60 * 60 * 1000;

/** Form of a written duration. */
export const durationPattern = /^(\d{1,9})(s|m|h|d)$/;

const unitMs: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of a written duration; undefined when it is none, or longer than a year. */
export function parseDurationMs(text: string): number | undefined {
  const [, count, unit] = durationPattern.exec(text) ?? [];
  const each = unitMs[unit ?? ''];
  if (count === undefined || each === undefined) return undefined;
  const durationMs = Number(count) * each;
  return durationMs <= durationMsMax ? durationMs : undefined;
}
