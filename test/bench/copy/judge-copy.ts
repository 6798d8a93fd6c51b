/** What the benchmark aims at, and what of it was missed. */
import { roundTo } from '../spread.ts';
import { type ContestantName, type OurName, ourNames, type PeerName, peerNames } from './contestant.ts';
import { type CaseName, caseNames, copyCases } from './copy-case.ts';
import type { CaseResult, CopyResults, MemoryResult, Standing } from './copy-results.ts';

/** A lead in time: the peer's time divided by ours is to be at least so much. */
interface TimeAim {
  readonly name: CaseName;
  readonly latencyMs: number;
  /** Whom it is measured by: the fastest of these. */
  readonly peers: readonly PeerName[];
  readonly leadMin: number;
}

/** Ours may take this much longer than crane where the wire is the limit. */
const bulkSlackMax = 1.15;

const timeAims: readonly TimeAim[] = [
  { name: 'cold-bulk', latencyMs: 0, peers: ['crane'], leadMin: 1 / bulkSlackMax },
  { name: 'cold-small', latencyMs: 40, peers: peerNames, leadMin: 3 },
  { name: 'repeat', latencyMs: 40, peers: peerNames, leadMin: 2 },
];

/** A large layer may cost this much more memory than a usual one. */
export const memoryGrowthMiBMax = 30;

/** One miss, in words, and what would tell more of it. */
export interface Miss {
  readonly words: string;
  readonly evidence?: Evidence;
}

/** What tells more of a miss. */
export type Evidence =
  /** Where the time of the one who missed it goes. */
  | { readonly kind: 'profile'; readonly contestant: OurName; readonly name: CaseName; readonly latencyMs: number }
  /** Every request that it makes. */
  | { readonly kind: 'requests'; readonly contestant: OurName; readonly name: CaseName }
  /** What of its memory is what. */
  | { readonly kind: 'memory' };

/** Every aim that was missed; `withTimes: false` where sizes are too small for times and memory to mean anything. */
export function missedAims(
  { cases, memory }: Pick<CopyResults, 'cases' | 'memory'>,
  { withTimes }: { readonly withTimes: boolean },
): readonly Miss[] {
  const timed = withTimes ? [...cases.flatMap(missedTimes), ...missedMemory(memory)] : [];
  return [...timed, ...caseNames.flatMap((name) => missedRequests(cases.filter((result) => result.name === name)))];
}

function missedTimes(result: CaseResult): readonly Miss[] {
  const aim = timeAims.find(({ name, latencyMs }) => name === result.name && latencyMs === result.latencyMs);
  if (aim === undefined) return [];
  const best = leastOf(result, aim.peers, ({ wallMs }) => wallMs.p50);
  return ourNames.flatMap((contestant) => {
    const ours = leastOf(result, [contestant], ({ wallMs }) => wallMs.p50);
    const lead = roundTo(best.wallMs.p50 / ours.wallMs.p50, 3);
    if (lead >= roundTo(aim.leadMin, 3)) return [];
    const times = `${contestant} ${ours.wallMs.p50} ms, ${best.contestant} ${best.wallMs.p50} ms`;
    return [
      {
        words: `${titleOf(result)}: ${times}: lead ${roundTo(lead, 2)}, aimed at ${roundTo(aim.leadMin, 2)}`,
        evidence: { kind: 'profile', contestant, name: result.name, latencyMs: result.latencyMs },
      },
    ];
  });
}

/** Requests do not depend on latency, or should not: the worst of ours is held against the best of the others. */
function missedRequests(cases: readonly CaseResult[]): readonly Miss[] {
  const standings = cases.flatMap((result) => result.standings);
  const [first] = cases;
  if (first === undefined) return [];
  const best = leastOf({ ...first, standings }, peerNames, ({ requests }) => requests.p50);
  return ourNames.flatMap((name) => {
    const requests = Math.max(...standings.filter((one) => one.contestant === name).map((one) => one.requests.p50));
    if (requests <= best.requests.p50) return [];
    const counts = `${name} ${requests} requests, ${best.contestant} ${best.requests.p50}`;
    const words = `${copyCases[first.name].title}: ${counts}: aimed at no more than any`;
    return [{ words, evidence: { kind: 'requests', contestant: name, name: first.name } }];
  });
}

function missedMemory(memory: MemoryResult | undefined): readonly Miss[] {
  if (memory === undefined) return [];
  const { usualPeakMiB, largePeakMiB } = memory;
  const growthMiB = roundTo(largePeakMiB.p50 - usualPeakMiB.p50, 1);
  if (growthMiB <= memoryGrowthMiBMax) return [];
  const words = `memory: a large layer costs ${growthMiB} MiB more, aimed at ${memoryGrowthMiBMax}`;
  return [{ words, evidence: { kind: 'memory' } }];
}

/** The case as a heading names it. */
export function titleOf({ name, latencyMs }: Pick<CaseResult, 'name' | 'latencyMs'>): string {
  return `${copyCases[name].title}, +${latencyMs} ms`;
}

function leastOf(
  { standings, name }: CaseResult,
  among: readonly ContestantName[],
  measure: (standing: Standing) => number,
): Standing {
  const [least] = standings
    .filter(({ contestant }) => among.includes(contestant))
    .toSorted((a, b) => measure(a) - measure(b));
  if (least === undefined) throw new Error(`none of ${among.join(', ')} ran: ${name}`);
  return least;
}
