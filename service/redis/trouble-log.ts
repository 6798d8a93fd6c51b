/** Telling that Redis is in trouble without a line for every attempt of every connection. */
import type { PartLog } from '../process/part-log.ts';
import { connectFailure } from './connect-failure.ts';

/** Shortest time between two lines. */
const troubleLogEveryMs = 10_000;

/** What is told, to whom. */
export interface TroubleLogInit {
  readonly log: Pick<PartLog, 'warn'>;
  /** Names Redis without what is secret. */
  readonly shown: string;
  /** Milliseconds that only grow. */
  readonly now: () => number;
}

/** Logs the first trouble, and while it lasts one line every so often: its code, which Redis, and the way out. */
export function troubleLog({ log, shown, now }: TroubleLogInit): (error: Error) => void {
  let silentUntil = Number.NEGATIVE_INFINITY;
  return (error) => {
    const at = now();
    if (at < silentUntil) return;
    silentUntil = at + troubleLogEveryMs;
    log.warn({ err: connectFailure(error, shown) }, 'trouble with redis; trying again');
  };
}
