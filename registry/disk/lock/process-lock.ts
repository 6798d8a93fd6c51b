/**
 * A lock file: it names the process that holds it, so that the lock of a process that died is taken over.
 *
 * Node has no flock. A process that can be seen is known by its number and when it started: numbers are used again, in a
 * container even at once. One that cannot, in another container or on another machine with the same volume, proves by
 * touching the file every few seconds that it lives.
 */
import { type FileHandle, rm } from 'node:fs/promises';
import { type HeldLock, openHeldLock } from './held-lock.ts';
import { placeLockFile, readLockFile, replaceLockFile, type SeenLock } from './lock-file.ts';
import { formatHolder, judgeHolder, type LockHolder, ownHolder, parseHolder } from './lock-record.ts';
import { type LockTiming, lockTiming, patienceMsOf } from './lock-timing.ts';
import { type LockStanding, watchLock } from './watch-lock.ts';

export type LockOutcome =
  | ({ readonly acquired: true } & HeldLock)
  | { readonly acquired: false; readonly holder: LockHolder };

export interface LockOptions {
  /** Told when it has to be seen whether the holder lives: at its next beat, or when it has given none for so long. */
  readonly onAwaited?: (awaited: AwaitedLock) => void;
  /** Told once, when the lock that was acquired is found to be another's, or removed. */
  readonly onLost?: () => void;
  /** Ends the waiting. */
  readonly signal?: AbortSignal;
  readonly timing?: Partial<LockTiming>;
}

/** A lock of a process that cannot be seen from here. */
export interface AwaitedLock {
  readonly path: string;
  readonly holder: LockHolder;
  readonly patienceMs: number;
}

/** Each ends with the lock in other hands, which are judged anew; so often only when many come at once. */
const roundsMax = 5;

/** Takes the lock, or says who holds it. It waits only to see whether a holder lives that cannot be seen from here. */
export async function acquireProcessLock(path: string, options: LockOptions = {}): Promise<LockOutcome> {
  const taker = await takerOf(options);
  let holder = taker.self;
  for (let rounds = 0; rounds < roundsMax; rounds += 1) {
    const handle = await placeLockFile(path, taker.text);
    if (handle !== undefined) return heldLock(path, taker, handle);
    const seen = await readLockFile(path);
    if (seen === undefined) continue;
    holder = parseHolder(seen.text) ?? holder;
    const standing = await standingOf(path, seen, taker);
    if (standing === 'alive') return { acquired: false, holder };
    if (standing === 'gone') continue;
    const outcome = await takeOver(path, seen, taker);
    if (outcome !== undefined) return outcome;
  }
  return { acquired: false, holder };
}

/** Who holds the lock and lives; undefined when nobody does. Waits as long as who takes it, and changes nothing. */
export async function readLiveHolder(path: string, options: LockOptions = {}): Promise<LockHolder | undefined> {
  const taker = await takerOf(options);
  for (let rounds = 0; rounds < roundsMax; rounds += 1) {
    const seen = await readLockFile(path);
    const standing = seen === undefined ? 'dead' : await standingOf(path, seen, taker);
    if (standing === 'dead') return undefined;
    if (standing === 'alive') return parseHolder(seen?.text ?? '');
  }
  return undefined;
}

interface Taker extends Omit<LockOptions, 'timing'> {
  readonly self: LockHolder;
  readonly text: string;
  readonly timing: LockTiming;
}

async function takerOf(options: LockOptions): Promise<Taker> {
  const timing = { ...lockTiming, ...options.timing };
  const self = await ownHolder(timing.beatMs);
  return { ...options, self, text: formatHolder(self), timing };
}

async function heldLock(path: string, { text, timing, onLost }: Taker, handle: FileHandle): Promise<LockOutcome> {
  return { acquired: true, ...(await openHeldLock({ path, text, handle, timing, onLost })) };
}

/** `gone` when it is not this lock any more that is to be judged. A file that was cut off is nobody's. */
async function standingOf(path: string, seen: SeenLock, taker: Taker): Promise<LockStanding> {
  const holder = parseHolder(seen.text);
  if (holder === undefined) return 'dead';
  const judged = await judgeHolder(holder, taker.self);
  if (judged !== 'unknown') return judged;
  const { beatMs } = holder;
  // Such a one is never unknown.
  if (beatMs === undefined) return 'alive';
  taker.onAwaited?.({ path, holder, patienceMs: patienceMsOf(beatMs) });
  return watchLock({ path, seen, beatMs, wait: taker.timing.wait, signal: taker.signal });
}

/**
 * Replaces the lock of a dead process. Several may find it at once, so the replacing is itself guarded, and under the
 * guard the lock is as it was judged. Undefined when it has to be judged again.
 */
async function takeOver(path: string, dead: SeenLock, taker: Taker): Promise<LockOutcome | undefined> {
  const guard = `${path}.taking-over`;
  const guarding = await placeLockFile(guard, taker.text);
  if (guarding === undefined) return yieldTo(guard, taker);
  try {
    const seen = await readLockFile(path);
    if (seen?.text !== dead.text || seen.beatAtNs !== dead.beatAtNs) return undefined;
    return await heldLock(path, taker, await replaceLockFile(path, taker.text));
  } finally {
    await guarding.close();
    await rm(guard, { force: true });
  }
}

/** Somebody else is at it, or died at it: then the way is free. */
async function yieldTo(guard: string, taker: Taker): Promise<LockOutcome | undefined> {
  const seen = await readLockFile(guard);
  if (seen === undefined) return undefined;
  const standing = await standingOf(guard, seen, taker);
  if (standing === 'alive') return { acquired: false, holder: parseHolder(seen.text) ?? taker.self };
  if (standing === 'dead') await rm(guard, { force: true });
  return undefined;
}
