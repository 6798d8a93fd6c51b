/**
 * For how long the registry has run in all: a clock that survives restarts and that nobody can set. What has to be kept
 * for days is timed by it: while the registry stands still, or the time of day jumps, nothing grows older.
 */
import type { CollectionStore } from './collection-store.ts';

export interface RunningTime {
  /** Milliseconds. */
  now(): number;
  /** Makes it last. What a killed process did not write down, it has not run. */
  save(): Promise<void>;
}

/** Goes on from where it was saved last. */
export async function openRunningTime(
  store: Pick<CollectionStore, 'readRanMs' | 'writeRanMs'>,
  uptime: () => number,
): Promise<RunningTime> {
  const before = await store.readRanMs();
  const start = uptime();
  const now = () => Math.floor(before + uptime() - start);
  return { now, save: () => store.writeRanMs(now()) };
}
