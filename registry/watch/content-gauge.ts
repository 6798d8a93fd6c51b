/** The size of all content, for metrics: counted in the background, because nobody should wait for a walk over the disk. */
import type { Storage } from '../storage.ts';

/** How long a count holds. */
export const contentGaugeMs = 5 * 60_000;

/** The size that was counted last; undefined until the first count is done. Each call may begin the next one. */
export function openContentGauge(
  storage: Pick<Storage, 'readContentBytes'>,
  now: () => number,
): () => number | undefined {
  let known: number | undefined;
  let countedAt = Number.NEGATIVE_INFINITY;
  let counting = false;

  async function count(): Promise<void> {
    counting = true;
    try {
      known = await storage.readContentBytes();
    } catch {
      // Something was deleted while it was looked at; the next count finds out.
    } finally {
      counting = false;
    }
  }

  return () => {
    if (!counting && Math.abs(now() - countedAt) >= contentGaugeMs) {
      countedAt = now();
      void count();
    }
    return known;
  };
}
