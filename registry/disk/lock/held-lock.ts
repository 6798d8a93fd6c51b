/** A lock that this process took: it beats, and notices when it is another's. */
import { readFileSync, statSync } from 'node:fs';
import { type FileHandle, rm } from 'node:fs/promises';
import { isAbsence } from '../durable-file.ts';
import { readLockFile } from './lock-file.ts';
import type { LockTiming } from './lock-timing.ts';

export interface HeldLock {
  /** Whether the file is still ours, as its directory says within microseconds. Once it was not, it never is again. */
  isOurs(): boolean;
  /** The same by what is in the file. */
  isHeld(): Promise<boolean>;
  /** Removes the file, unless it is another's. */
  release(): Promise<void>;
}

export interface HeldLockInit {
  readonly path: string;
  readonly text: string;
  /** The file, open: as long as it is, no other gets its number. Closed on release. */
  readonly handle: FileHandle;
  readonly timing: LockTiming;
  readonly onLost: (() => void) | undefined;
}

/** The lock, beating until it is released or lost. */
export async function openHeldLock({ path, text, handle, timing, onLost }: HeldLockInit): Promise<HeldLock> {
  const { ino } = await handle.stat({ bigint: true });
  let state: 'held' | 'lost' | 'released' = 'held';
  let beating: Promise<void> | undefined;

  function lose(): void {
    if (state !== 'held') return;
    state = 'lost';
    stop();
    onLost?.();
  }

  async function isHeld(): Promise<boolean> {
    if (state === 'held' && (await readLockFile(path))?.text !== text) lose();
    return state === 'held';
  }

  function isOurs(): boolean {
    // Where a file system gives a file new numbers now and then, what is in it decides.
    if (state === 'held' && inodeAt(path) !== ino && textAt(path) !== text) lose();
    return state === 'held';
  }

  /** A time that is later by a beat needs no clock, and no room on a full disk. */
  async function beat(): Promise<void> {
    if (!(await isHeld())) return;
    const { mtimeMs } = await handle.stat();
    const seconds = (mtimeMs + timing.beatMs) / 1000;
    await handle.utimes(seconds, seconds);
  }

  const stop = timing.every(timing.beatMs, () => {
    // A disk that takes no beat now may take the next one; one that takes none takes nobody else's lock either.
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => {
        beating = undefined;
      });
  });

  return {
    isOurs,
    isHeld,
    async release() {
      if (state === 'released') return;
      stop();
      await beating;
      try {
        if (await isHeld()) await rm(path, { force: true });
      } finally {
        state = 'released';
        await handle.close();
      }
    },
  };
}

function inodeAt(path: string): bigint | undefined {
  return statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
}

function textAt(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
