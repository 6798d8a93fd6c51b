/** The numbers of the benchmark, as they are kept. */
import { median } from '../median.ts';
import { roundTo } from '../spread.ts';
import type { ContestantName } from './contestant.ts';
import type { RegistryRow, RegistrySizes } from './registry-row.ts';
import type { ScaleResults } from './scale/scale-results.ts';

/** One window of one contestant. */
export interface WindowRecord {
  readonly row: RegistryRow;
  readonly round: number;
  readonly contestant: ContestantName;
  readonly count: number;
  readonly elapsedMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of the registry's process. */
  readonly cpuMs: number;
  readonly residentMiB: number;
  /** Of the process that made the load. */
  readonly loadCpuMs: number;
}

/** What one contestant did in one row: medians of its rounds. */
export interface Standing {
  readonly contestant: ContestantName;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** CPU of the registry for a thousand requests. */
  readonly cpuSecondsPerThousand: number;
  readonly residentMiB: number;
  /** Share of a core that making the load took. */
  readonly loadShare: number;
  /** Ours by theirs, requests a second, in the same round. */
  readonly oursByTheirs: number;
}

export interface RowResult extends RegistryRow {
  readonly standings: readonly Standing[];
}

export interface RegistryResults {
  readonly versions: Readonly<Record<string, string>>;
  /** File system of all registries. */
  readonly storage: string;
  readonly durability: Readonly<Partial<Record<ContestantName, string>>>;
  /** Peers that are not on this machine. */
  readonly absent: readonly string[];
  readonly sizes: RegistrySizes;
  readonly rows: readonly RowResult[];
  /** Absent when it was not asked for. */
  readonly scale?: ScaleResults;
}

/** The windows by row and contestant, in the order in which they came first. */
export function summariseWindows(records: readonly WindowRecord[]): readonly RowResult[] {
  const byRow = Object.groupBy(records, ({ row }) => `${row.name} ${row.concurrency}`);
  return Object.values(byRow).flatMap((own = []) => {
    const [first] = own;
    if (first === undefined) return [];
    const byContestant = Object.groupBy(own, ({ contestant }) => contestant);
    return [{ ...first.row, standings: Object.values(byContestant).map((theirs) => standingOf(theirs, own)) }];
  });
}

function standingOf(theirs: readonly WindowRecord[], all: readonly WindowRecord[]): Standing {
  const ours = new Map(all.filter(({ contestant }) => contestant === 'ours').map((one) => [one.round, rateOf(one)]));
  const medianOf = (measure: (record: WindowRecord) => number) => median(theirs.map(measure));
  return {
    contestant: theirs[0]?.contestant ?? 'ours',
    perSecond: roundTo(medianOf(rateOf), 1),
    p50Ms: roundTo(
      medianOf(({ p50Ms }) => p50Ms),
      3,
    ),
    p99Ms: roundTo(
      medianOf(({ p99Ms }) => p99Ms),
      3,
    ),
    cpuSecondsPerThousand: roundTo(
      medianOf(({ cpuMs, count }) => cpuMs / count),
      3,
    ),
    residentMiB: roundTo(
      medianOf(({ residentMiB }) => residentMiB),
      1,
    ),
    loadShare: roundTo(
      medianOf(({ loadCpuMs, elapsedMs }) => loadCpuMs / elapsedMs),
      2,
    ),
    oursByTheirs: roundTo(
      medianOf((record) => (ours.get(record.round) ?? Number.NaN) / rateOf(record)),
      2,
    ),
  };
}

const msPerSecond = 1_000;

function rateOf({ count, elapsedMs }: WindowRecord): number {
  return (count * msPerSecond) / elapsedMs;
}
