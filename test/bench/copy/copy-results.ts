/** The numbers of the benchmark, as they are kept. */
import { type Spread, spreadOf } from '../spread.ts';
import type { ContestantName } from './contestant.ts';
import type { CaseName, CopySizes } from './copy-case.ts';
import type { RunCost } from './measured-run.ts';
import { totalRequests } from './wire/counted-kind.ts';
import type { WireCount } from './wire/open-wire.ts';

/** One run. */
export interface RunRecord {
  readonly name: CaseName;
  readonly latencyMs: number;
  readonly contestant: ContestantName;
  readonly cost: RunCost;
  /** Of the wire to the source and of that to the target; none for a direct run that was not counted. */
  readonly counts: readonly WireCount[];
}

/** What one contestant needed in one case. */
export interface Standing {
  readonly contestant: ContestantName;
  readonly wallMs: Spread;
  readonly cpuMs: Spread;
  readonly peakMiB: Spread;
  /** All requests, usually and at worst. */
  readonly requests: Spread;
  /** Requests by kind to the source and to the target, of one run; on one registry all are the source's. */
  readonly kinds: { readonly source: WireCount['requests']; readonly target: WireCount['requests'] };
  readonly connections: number;
}

export interface CaseResult {
  readonly name: CaseName;
  readonly latencyMs: number;
  readonly standings: readonly Standing[];
}

/** Peaks of our engine with a usual and with a large layer. */
export interface MemoryResult {
  readonly usualLayerBytes: number;
  readonly largeLayerBytes: number;
  readonly usualPeakMiB: Spread;
  readonly largePeakMiB: Spread;
}

/** How long it takes until anything is done. */
export interface StartUpResult {
  /** Node with an empty program. */
  readonly nodeMs: Spread;
  /** Our command, asked for its version. */
  readonly commandMs: Spread;
}

export interface CopyResults {
  readonly versions: Readonly<Record<string, string>>;
  /** File system of the registries. */
  readonly storage: string;
  readonly sizes: CopySizes;
  readonly cases: readonly CaseResult[];
  readonly startUp: StartUpResult;
  /** Absent when it was not asked for. */
  readonly memory?: MemoryResult;
}

/** The runs by case and contestant, in the order in which they came first. */
export function summariseRuns(records: readonly RunRecord[]): readonly CaseResult[] {
  const cases = Map.groupBy(records, ({ name, latencyMs }) => `${name} ${latencyMs}`);
  return [...cases.values()].flatMap((runs) => {
    const [first] = runs;
    if (first === undefined) return [];
    const standings = [...Map.groupBy(runs, ({ contestant }) => contestant)];
    return [
      {
        name: first.name,
        latencyMs: first.latencyMs,
        standings: standings.map(([contestant, own]) => standingOf(contestant, own)),
      },
    ];
  });
}

function standingOf(contestant: ContestantName, runs: readonly RunRecord[]): Standing {
  const counted = runs.filter(({ counts }) => counts.length > 0);
  const [source, target] = counted[0]?.counts ?? [];
  const totals = counted.map(({ counts }) => counts.reduce((total, one) => total + totalRequests(one.requests), 0));
  return {
    contestant,
    wallMs: spreadOf(runs.map(({ cost }) => cost.wallMs)),
    cpuMs: spreadOf(runs.map(({ cost }) => cost.cpuMs)),
    peakMiB: spreadOf(runs.map(({ cost }) => cost.peakMiB)),
    requests: spreadOf(totals),
    kinds: { source: source?.requests ?? {}, target: target?.requests ?? {} },
    connections: (source?.connections ?? 0) + (target?.connections ?? 0),
  };
}
