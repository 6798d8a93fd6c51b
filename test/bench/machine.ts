/** The machine that numbers come from: without it they mean nothing. */
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import process from 'node:process';

export interface Machine {
  readonly date: string;
  readonly node: string;
  readonly system: string;
  readonly cores: number;
  readonly processor: string;
  readonly memoryGiB: number;
  /** Processes that wanted a core in the minute before: on a busy machine all rates are lower. */
  readonly loadBefore: number;
}

const bytesPerGiB = 1024 ** 3;

/** This machine, as it was when the measurement began. */
export function describeMachine(began: Date): Machine {
  return {
    date: began.toISOString(),
    node: process.versions.node,
    system: `${process.platform} ${release()} ${process.arch}`,
    cores: availableParallelism(),
    processor: cpus()[0]?.model ?? 'unknown',
    memoryGiB: Math.round(totalmem() / bytesPerGiB),
    loadBefore: loadAtStart,
  };
}

const loadAtStart = Math.round((loadavg()[0] ?? 0) * 10) / 10;
