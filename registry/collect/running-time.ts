/**
 * For how long the registry has run in all: a clock that survives restarts and that nobody can set. What has to be kept
 * for days is timed by it: while the registry stands still, or the time of day jumps, nothing grows older.
 */
import type { CollectionStore } from './collection-store.ts';

export interface RunningTime {
  /** Milliseconds. */
  now(): number;
  /** When the last collection began, or the first one could have. */
  collectedAt(): number;
  /** Notes when the last collection began. */
  noteCollection(atMs: number): void;
  /** Makes it last. What a killed process did not write down, it has not run. */
  save(): Promise<void>;
}

/** Goes on from where it was saved last. */
export async function openRunningTime(
  store: Pick<CollectionStore, 'readRunningTimes' | 'writeRunningTimes'>,
  uptime: () => number,
): Promise<RunningTime> {
  const { ranMs: before, collectedAtMs = before } = await store.readRunningTimes();
  const start = uptime();
  const now = () => Math.floor(before + uptime() - start);
  let collectedAt = Math.min(collectedAtMs, before);
  return {
    now,
    collectedAt: () => collectedAt,
    noteCollection(atMs) {
      collectedAt = atMs;
    },
    save: () => store.writeRunningTimes({ ranMs: now(), collectedAtMs: collectedAt }),
  };
}
