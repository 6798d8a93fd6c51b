/**
 * The keeper's process: makes the directory of a measurement, and when whoever started it lets go of it or dies, by
 * whatever signal, ends the processes it was told of and removes the directory. Argument: where the directory is made.
 */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import process from 'node:process';
import type { KeeperOrder } from '../open-keeper.ts';

/** A process that just ended may still let go of a file. */
const removalsMax = 10;

const watched = new Set<number>();
// Ctrl-C reaches everybody in front of the terminal; this one has work to do after the others.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
const released = once(process, 'disconnect');
process.on('message', ({ kind, pid }: KeeperOrder) => {
  if (kind === 'watch') watched.add(pid);
  else watched.delete(pid);
});
const directory = await mkdtemp(join(process.argv[2] ?? '', 'bench-copy-'));
process.send?.({ directory });
await released;
for (const pid of watched) endProcess(pid);
await rm(directory, { recursive: true, force: true, maxRetries: removalsMax });

/** One that ended by itself meanwhile is no failure. */
function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
