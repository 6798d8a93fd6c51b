/** Telling that Redis is in trouble without a line for every attempt of every connection. */
import type { PartLog } from '../process/part-log.ts';

/** Shortest time between two lines. */
const troubleLogEveryMs = 10_000;

/** Logs the first trouble, and while it lasts one line every so often. */
export function troubleLog(log: Pick<PartLog, 'warn'>): (error: Error) => void {
  let silentUntil = 0;
  return (error) => {
    const now = performance.now();
    if (now < silentUntil) return;
    silentUntil = now + troubleLogEveryMs;
    log.warn({ reason: error.message }, 'redis does not answer; trying again');
  };
}
