/** What whoever starts a process is told while it waits for a lock. */
import type { AwaitedLock } from './process-lock.ts';

/** Whose lock it is, and how long the waiting takes at most. */
export function formatAwaited({ holder: { host, pid }, patienceMs }: AwaitedLock): string {
  return `waiting for a sign of life of process ${pid} on ${host}, or ${patienceMs / 1000} s without one`;
}
