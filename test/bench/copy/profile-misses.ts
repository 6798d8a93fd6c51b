/** Where our time goes in the cases in which an aim was missed. */
import { type BenchWorld, openBenchWorld } from './bench-world.ts';
import type { Contest } from './contestant.ts';
import type { CopySizes } from './copy-case.ts';
import type { ProfileLine } from './engine/profile-lines.ts';
import { profileEngine } from './engine-run.ts';
import { type Miss, titleOf } from './judge-copy.ts';
import { chooseStorageDirectory } from './storage-directory.ts';
import { prepareTrial, seedRound } from './trial.ts';

export interface MissProfile {
  readonly title: string;
  readonly lines: readonly ProfileLine[];
}

/** One profile of the engine for each case that a miss names; none when no time was missed. */
export async function profileMisses(
  contest: Contest,
  sizes: CopySizes,
  misses: readonly Miss[],
): Promise<readonly MissProfile[]> {
  const cases = new Map(misses.flatMap(({ profile }) => (profile === undefined ? [] : [[titleOf(profile), profile]])));
  if (cases.size === 0) return [];
  const world = await openBenchWorld(contest, await chooseStorageDirectory(sizes));
  try {
    const profiles: MissProfile[] = [];
    for (const [title, profile] of cases) profiles.push({ title, lines: await profileCase(world, sizes, profile) });
    return profiles;
  } finally {
    await world.close();
  }
}

async function profileCase(
  world: BenchWorld,
  sizes: CopySizes,
  { name, latencyMs }: NonNullable<Miss['profile']>,
): Promise<readonly ProfileLine[]> {
  const round = await seedRound(world, { cases: [name], sizes });
  await round.prepareCase(name);
  const places = await prepareTrial(world, latencyMs === 0 ? world.direct : world.delayed, { name, round });
  return await profileEngine(places, world.env);
}
