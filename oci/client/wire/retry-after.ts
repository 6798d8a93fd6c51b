/** How long a registry asks to be left alone. */
import type { Answer } from './answer.ts';

/**
 * The answer's `Retry-After` in milliseconds; undefined when it has none that can be read.
 * A date is compared with the registry's own clock where it tells it. Spec: RFC 9110, section 10.2.3.
 */
export function retryAfterMs(answer: Answer, now: number): number | undefined {
  const written = answer.header('retry-after')?.trim() ?? '';
  if (/^\d{1,9}$/.test(written)) return Number(written) * 1000;
  // Dates begin with the day's name; Date.parse would read almost anything, `-5` too.
  const until = /^[A-Z]/i.test(written) ? Date.parse(written) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const registryNow = Date.parse(answer.header('date') ?? '');
  return Math.max(0, until - (Number.isNaN(registryNow) ? now : registryNow));
}
