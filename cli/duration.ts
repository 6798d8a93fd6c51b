/** Spans of time as written on the command line: as in the configuration, or a bare number of seconds. */
import { parseDurationMs } from '../api/duration.ts';
import { InputError } from '../errors/errors.ts';

/**
 * Milliseconds of `90s`, `10m`, `1h`, or of `90`.
 * @throws InputError REQUEST_INVALID for anything else.
 */
export function parseDuration(text: string, flag: string): number {
  const durationMs = parseDurationMs(/^\d+$/.test(text) ? `${text}s` : text);
  if (durationMs !== undefined) return durationMs;
  throw new InputError({
    code: 'REQUEST_INVALID',
    message: `not a span of time for ${flag}: ${text}`,
    wayOut: 'write a number and a unit, such as 90s, 10m or 1h',
  });
}
