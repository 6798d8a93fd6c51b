/** Waiting for referrers that come after their subject: an image is signed once it is pushed. */

import type { Timing } from '../../client/wire/timing.ts';
import type { Digest } from '../../spec/digest.ts';
import type { ReferrerSearch } from './referrer-search.ts';

/** How long is waited, and for how many. */
export interface ReferrerWait {
  readonly waitMs: number;
  readonly expect: number;
  readonly timing: Pick<Timing, 'now' | 'sleep'>;
  readonly signal: AbortSignal | undefined;
}

/** First pause between two looks; each is twice as long as the one before. */
const pauseMs = 1_000;

/** Longest pause: signing takes some seconds, a scan some minutes. */
const pauseMsMax = 15_000;

/**
 * The first search that finds as many referrers of the subject as expected, or the one at the end of the wait. Each look
 * asks anew. A look that fails counts as one that finds nothing, but for the last, which is for the caller to see.
 */
export async function awaitReferrers(
  openSearch: () => ReferrerSearch,
  subject: Digest,
  { waitMs, expect, timing, signal }: ReferrerWait,
): Promise<ReferrerSearch> {
  const endsAt = timing.now() + waitMs;
  for (let pause = pauseMs; ; pause = Math.min(pause * 2, pauseMsMax)) {
    const search = openSearch();
    const leftMs = endsAt - timing.now();
    if (leftMs <= 0 || (await countFound(search, subject)) >= expect) return search;
    await timing.sleep(Math.min(pause, leftMs), signal);
  }
}

async function countFound(search: ReferrerSearch, subject: Digest): Promise<number> {
  return await search.find(subject).then(
    (found) => found.length,
    () => 0,
  );
}
