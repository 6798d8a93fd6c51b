/** Watching the lock of a process that cannot be seen from here, until it beats or has not for long enough. */
import { readLockFile, type SeenLock } from './lock-file.ts';
import { beatsMissedMax, type LockTiming } from './lock-timing.ts';

/** What becomes of whoever wants the lock: refused, its successor, or told to look again. */
export type LockStanding = 'alive' | 'dead' | 'gone';

export interface WatchedLock {
  readonly path: string;
  readonly seen: SeenLock;
  /** What its holder promised. */
  readonly beatMs: number;
  readonly wait: LockTiming['wait'];
  readonly signal: AbortSignal | undefined;
}

/** Looks at a lock from one beat to the next: the sooner it shows that the holder lives, or let go. */
const looksPerBeat = 10;

/**
 * `dead` when the holder missed all beats, `gone` when the file was removed or is another's. Looks are counted, not the
 * time: whoever is suspended while watching has not watched meanwhile.
 */
export async function watchLock({ path, seen, beatMs, wait, signal }: WatchedLock): Promise<LockStanding> {
  for (let looks = 0; looks < looksPerBeat * beatsMissedMax; looks += 1) {
    await wait(beatMs / looksPerBeat, signal);
    const found = await readLockFile(path);
    if (found?.text !== seen.text) return 'gone';
    if (found.beatAtNs !== seen.beatAtNs) return 'alive';
  }
  return 'dead';
}
