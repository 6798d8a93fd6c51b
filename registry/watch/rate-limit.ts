/** How many requests one caller may make: a bucket of tokens for each, which refills as time goes by. */
import type { RateLimitConfig } from '../../core/embedded-config.ts';

export interface RateLimit {
  /** Takes one request of the caller; the seconds to wait, at least one, when there is none left. */
  take(caller: string): number | undefined;
}

/** Callers remembered; those who have been away longest are forgotten first, and their buckets were the fullest. */
export const rateLimitCallersMax = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** A limit; without settings there is none. `now` is epoch milliseconds, and may jump. */
export function openRateLimit(settings: RateLimitConfig | undefined, now: () => number): RateLimit {
  if (settings === undefined) return { take: () => undefined };
  const { requestsPerSecond, burst } = settings;
  const buckets = new Map<string, Bucket>();

  function bucketOf(caller: string, at: number): Bucket {
    const known = buckets.get(caller);
    if (known === undefined) {
      const oldest = buckets.size < rateLimitCallersMax ? undefined : buckets.keys().next().value;
      if (oldest !== undefined) buckets.delete(oldest);
      return { tokens: burst, at };
    }
    // Taken out, to be put in again behind the others.
    buckets.delete(caller);
    const passedMs = Math.max(0, at - known.at);
    return { tokens: Math.min(burst, known.tokens + (passedMs / 1000) * requestsPerSecond), at };
  }

  return {
    take(caller) {
      const bucket = bucketOf(caller, now());
      buckets.set(caller, bucket);
      if (bucket.tokens >= 1) {
        bucket.tokens -= 1;
        return undefined;
      }
      return Math.max(1, Math.ceil((1 - bucket.tokens) / requestsPerSecond));
    },
  };
}
