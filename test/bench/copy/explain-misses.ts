/** What tells more of an aim that was missed: where the time went, which requests were made, what was in memory. */
import { formatMib } from '../format-mib.ts';
import { type BenchWorld, openBenchWorld } from './bench-world.ts';
import { profileCommand } from './command-profile.ts';
import type { Contest } from './contestant.ts';
import { type CopySizes, copyCases } from './copy-case.ts';
import type { ProfileLine } from './engine/profile-lines.ts';
import { profileEngine, weighEngine } from './engine-run.ts';
import { type Evidence, type Miss, titleOf } from './judge-copy.ts';
import { seedMemoryImage } from './measure-memory.ts';
import { chooseStorageDirectory } from './storage-directory.ts';
import { formatPlaces, prepareTrial, runTrial, seedRound } from './trial.ts';

/** One table, whose first row is its heading. */
export interface MissEvidence {
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
}

/** What each miss asks for, once however many ask for it. */
export async function explainMisses(
  contest: Contest,
  sizes: CopySizes,
  misses: readonly Miss[],
): Promise<readonly MissEvidence[]> {
  const wanted = new Map(misses.flatMap(({ evidence }) => (evidence ? [[JSON.stringify(evidence), evidence]] : [])));
  if (wanted.size === 0) return [];
  const world = await openBenchWorld(contest, await chooseStorageDirectory(sizes));
  try {
    const found: MissEvidence[] = [];
    for (const evidence of wanted.values()) found.push(await gather(world, sizes, evidence));
    return found;
  } finally {
    await world.close();
  }
}

async function gather(world: BenchWorld, sizes: CopySizes, evidence: Evidence): Promise<MissEvidence> {
  switch (evidence.kind) {
    case 'profile':
      return await profileCase(world, sizes, evidence);
    case 'requests':
      return await listRequests(world, sizes, evidence);
    case 'memory':
      return await weigh(world, sizes);
  }
}

/** The command is profiled as the process that it is, start and all. */
async function profileCase(
  world: BenchWorld,
  sizes: CopySizes,
  { contestant, name, latencyMs }: Extract<Evidence, { kind: 'profile' }>,
): Promise<MissEvidence> {
  const round = await seedRound(world, { cases: [name], sizes });
  await round.prepareCase(name);
  const places = await prepareTrial(world, latencyMs === 0 ? world.direct : world.delayed, { name, round });
  const lines =
    contestant === 'engine'
      ? await profileEngine(places, world.env)
      : await profileCommand(formatPlaces(places), world);
  return { title: `the ${contestant}'s time in itself: ${titleOf({ name, latencyMs })}`, rows: rowsOf(lines) };
}

function rowsOf(lines: readonly ProfileLine[]): MissEvidence['rows'] {
  return [['share', 'self', ''], ...lines.map(({ percent, selfMs, where }) => [`${percent} %`, `${selfMs} ms`, where])];
}

async function listRequests(
  world: BenchWorld,
  sizes: CopySizes,
  { contestant, name }: Extract<Evidence, { kind: 'requests' }>,
): Promise<MissEvidence> {
  const round = await seedRound(world, { cases: [name], sizes });
  await round.prepareCase(name);
  const { counts } = await runTrial(world, world.counted, { name, contestant, round });
  const rows = counts.flatMap(({ lines }, at) => lines.map((line) => [at === 0 ? 'source' : 'target', line]));
  return { title: `the requests of the ${contestant}: ${copyCases[name].title}`, rows: [['', 'request'], ...rows] };
}

/** Of the copy of the large layer, at the moment when most memory was resident. */
async function weigh(world: BenchWorld, { memory }: CopySizes): Promise<MissEvidence> {
  const places = await seedMemoryImage(world, 'large', memory.largeLayerBytes);
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = await weighEngine(places, world.env);
  const parts = { rss, heapUsed, heapTotal, external, arrayBuffers };
  const rows = Object.entries(parts).map(([part, bytes]) => [part, formatMib(bytes)]);
  return { title: "the engine's memory at its peak, with a large layer", rows: [['', ''], ...rows] };
}
