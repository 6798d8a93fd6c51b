/** Bytes and blobs on their way, told to whoever watches, a few times a second. */
import type { Redis } from 'ioredis';
import type { PromotionView } from '../../api/promotion.ts';
import type { LaneKey } from '../../core/lane-key.ts';
import { countCopies } from '../../oci/copy/copy-count.ts';
import type { CopyEvent } from '../../oci/copy/copy-event.ts';
import { appendEvent } from '../events/event-log.ts';
import { promotionKey } from '../ledger/lane-keys.ts';
import { readPromotion } from '../ledger/promotion-record.ts';

/** Least time between two reports of one promotion. */
const reportEveryMs = 250;

/**
 * A listener for one copy. The end is always reported, whenever the last report was: who looks later should not find a
 * copy that stopped at nine tenths. Reports are best effort: what fails here must not hold up the copy.
 */
export function reportProgress(redis: Redis, lane: LaneKey, id: string, now: () => number): (event: CopyEvent) => void {
  if (id === '') return () => undefined;
  const { bytes, blobs, follow } = countCopies();
  const count = follow();
  let root: string | undefined;
  let reportedAt = now();
  return (event) => {
    count(event);
    const { digest } = event.descriptor;
    root ??= digest;
    // Of all that is copied, the root comes last.
    const isEnd = event.kind === 'copied' && digest === root;
    if (!isEnd && now() - reportedAt < reportEveryMs) return;
    reportedAt = now();
    const progress = { bytesCopied: bytes.done, bytesTotal: bytes.total, blobs: { ...blobs } };
    void report(redis, lane, id, progress, now()).catch(() => undefined);
  };
}

async function report(
  redis: Redis,
  lane: LaneKey,
  id: string,
  progress: NonNullable<PromotionView['progress']>,
  now: number,
): Promise<void> {
  await redis.hset(promotionKey(lane, id), 'progress', JSON.stringify(progress));
  const promotion = await readPromotion(redis, lane, id);
  // A later report may have been written meanwhile: each event tells its own.
  if (promotion !== undefined) await appendEvent(redis, 'promotion.progressed', { ...promotion, progress }, now);
}
