/** Bytes on their way, told to whoever watches, a few times a second. */
import type { Redis } from 'ioredis';
import type { LaneKey } from '../../core/lane-key.ts';
import type { CopyEvent } from '../../oci/copy/copy-event.ts';
import { appendEvent } from '../events/event-log.ts';
import { promotionKey } from '../ledger/lane-keys.ts';
import { readPromotion } from '../ledger/promotion-record.ts';

/** Least time between two reports of one promotion. */
const reportEveryMs = 250;

/** A listener for one copy. Reports are best effort: what fails here must not hold up the copy. */
export function reportProgress(redis: Redis, lane: LaneKey, id: string, now: () => number): (event: CopyEvent) => void {
  let bytesTotal = 0;
  let bytesCopied = 0;
  let reportedAt = 0;
  return (event) => {
    if (id === '') return;
    if (event.kind === 'started') bytesTotal += event.descriptor.size;
    if (event.kind === 'progressed') bytesCopied += event.bytes;
    if (event.kind !== 'progressed' || now() - reportedAt < reportEveryMs) return;
    reportedAt = now();
    void report(redis, lane, id, { bytesCopied, bytesTotal }, now()).catch(() => undefined);
  };
}

async function report(redis: Redis, lane: LaneKey, id: string, progress: Progress, now: number): Promise<void> {
  await redis.hset(promotionKey(lane, id), 'progress', JSON.stringify(progress));
  const promotion = await readPromotion(redis, lane, id);
  if (promotion !== undefined) await appendEvent(redis, 'promotion.progressed', promotion, now);
}

interface Progress {
  readonly bytesCopied: number;
  readonly bytesTotal: number;
}
