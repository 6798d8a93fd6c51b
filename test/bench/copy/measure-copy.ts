/** All contestants in all cases, interleaved: what slows the machine for a while slows them alike. */
import { withoutForeignCache } from '../../../cli/demo/foreign-cache.ts';
import { readStorageKind } from '../storage-kind.ts';
import type { BenchFlags } from './bench-flags.ts';
import { type BenchWorld, openBenchWorld } from './bench-world.ts';
import { type Contest, type ContestantName, ourNames } from './contestant.ts';
import { type CaseName, type CopySizes, caseNames, latenciesMs } from './copy-case.ts';
import { type CopyResults, type RunRecord, summariseRuns } from './copy-results.ts';
import { measureMemory } from './measure-memory.ts';
import { measureStartUp } from './measure-start-up.ts';
import { chooseStorageDirectory } from './storage-directory.ts';
import { readToolVersions } from './tool-versions.ts';
import { runTrial, seedRound } from './trial.ts';

/**
 * Measures everything.
 * @throws Error when a contestant is absent, fails, or leaves something else than it was told to copy.
 */
export async function measureCopy(
  contest: Contest,
  { parts, sizes }: Pick<BenchFlags, 'parts' | 'sizes'>,
  say: (what: string) => void,
): Promise<CopyResults> {
  const versions = await readToolVersions(contest);
  const names = [...contest.peers, ...ourNames];
  const cases = caseNames.filter((name) => parts.includes(name));
  const world = await openBenchWorld(contest, await chooseStorageDirectory(sizes));
  try {
    const records: RunRecord[] = [];
    await withoutForeignCache(async () => {
      for (let round = 0; round < sizes.rounds && cases.length > 0; round += 1) {
        say(`round ${round + 1} of ${sizes.rounds}`);
        records.push(...(await measureRound(world, { names, cases, sizes, round })));
      }
    });
    const storage = await readStorageKind(world.directory);
    const startUp = await measureStartUp(world, sizes.rounds);
    const measured = { versions, storage, sizes, cases: summariseRuns(records), startUp };
    if (!parts.includes('memory')) return measured;
    say('memory');
    return { ...measured, memory: await measureMemory(world, sizes.memory) };
  } finally {
    await world.close();
  }
}

interface RoundScope {
  readonly names: readonly ContestantName[];
  readonly cases: readonly CaseName[];
  readonly sizes: CopySizes;
  readonly round: number;
}

async function measureRound(world: BenchWorld, scope: RoundScope): Promise<readonly RunRecord[]> {
  const records: RunRecord[] = [];
  const round = await seedRound(world, scope);
  for (const [index, name] of scope.cases.entries()) {
    await round.prepareCase(name);
    for (const latencyMs of latenciesMs) {
      for (const contestant of rotate(scope.names, scope.round + index)) {
        const trial = { name, contestant, round };
        const { cost, counts } = await runTrial(world, latencyMs === 0 ? world.direct : world.delayed, trial);
        // Nothing is between what is timed at 0 ms: it is counted in another run, once.
        const isUncounted = latencyMs === 0 && scope.round === 0;
        const counted = isUncounted ? (await runTrial(world, world.counted, trial)).counts : counts;
        records.push({ name, latencyMs, contestant, cost, counts: counted });
      }
    }
  }
  await world.source.empty();
  await world.target.empty();
  return records;
}

/** The names from another one on, so that nobody is always first. */
function rotate<Name>(all: readonly Name[], by: number): readonly Name[] {
  const start = by % all.length;
  return [...all.slice(start), ...all.slice(0, start)];
}
