/** Spans of time as written on the command line: as in the configuration, or a bare number of seconds. */
import { parseDurationMs } from '../api/duration.ts';
import { InputError } from '../errors/errors.ts';

/** Longest span a flag takes, in milliseconds: a week. Timers of Node.js end at 24 days. */
const spanMsMax = 7 * 24 * 3_600_000;

/**
 * Milliseconds of `90s`, `10m`, `1h`, or of `90`.
 * @throws InputError REQUEST_INVALID for anything else.
 */
export function parseDuration(text: string, flag: string): number {
  const durationMs = parseDurationMs(/^\d+$/.test(text) ? `${text}s` : text);
  if (durationMs !== undefined && durationMs <= spanMsMax) return durationMs;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `not a span of time of at most a week for ${flag}: ${text}`,
    wayOut: 'write a number and a unit, such as 90s, 10m or 1h',
  });
}
