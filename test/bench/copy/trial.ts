/** One run of one contestant in one case, from the state it needs to the proof of what it left. */
import type { BenchWorld, Route } from './bench-world.ts';
import { type ContestantName, type CopyOrder, commandLines } from './contestant.ts';
import { type CaseName, type CopyCase, type CopySizes, copyCases } from './copy-case.ts';
import { measureEngine } from './engine-run.ts';
import { measureCommand, type RunCost } from './measured-run.ts';
import { resolveDigest } from './plain-push.ts';
import { type SeedPlace, seedImage } from './seeded-image.ts';
import type { WireCount } from './wire/open-wire.ts';

/** The images of a round, which no other round has a blob of, at the source. */
export interface SeededRound {
  readonly tag: string;
  readonly digests: ReadonlyMap<CopyCase['image'], string>;
  /** Pushes the image to the target as well, where the case wants it to be there. */
  prepareCase(name: CaseName): Promise<void>;
}

/** Fills the source with what the cases copy. */
export async function seedRound(
  world: BenchWorld,
  { cases, sizes }: { readonly cases: readonly CaseName[]; readonly sizes: CopySizes },
): Promise<SeededRound> {
  const tag = 'released';
  const chance = crypto.randomUUID();
  const seed = (url: string, folder: 'released' | 'copied', image: CopyCase['image']) =>
    seedImage(placeOf(url, folder, image, tag), sizes[image], `${image} ${chance}`);
  const digests = new Map<CopyCase['image'], string>();
  for (const image of new Set(cases.map((name) => copyCases[name].image))) {
    digests.set(image, await seed(world.source.url, 'released', image));
  }
  return {
    tag,
    digests,
    prepareCase: async (name) => {
      const { image, target } = copyCases[name];
      if (target !== 'complete') return;
      await world.target.empty();
      await seed(world.target.url, 'copied', image);
    },
  };
}

export interface Trial {
  readonly name: CaseName;
  readonly contestant: ContestantName;
  readonly round: SeededRound;
}

/** What it cost, and what went over each wire of the route. */
export interface TrialResult {
  readonly cost: RunCost;
  readonly counts: readonly WireCount[];
}

/**
 * Runs it.
 * @throws Error when the contestant fails, or the target does not have what was to be copied.
 */
export async function runTrial(world: BenchWorld, route: Route, trial: Trial): Promise<TrialResult> {
  const { name, contestant, round } = trial;
  const { image, target } = copyCases[name];
  const places = await prepareTrial(world, route, { name, round });
  await takeAll(route);
  const cost = await runContestant(world, contestant, places);
  const counts = await takeAll(route);

  const registry = target === 'sibling' ? world.source : world.target;
  const found = await resolveDigest({ ...places.target, url: registry.url }, round.tag);
  const wanted = round.digests.get(image);
  if (found !== undefined && found === wanted) return { cost, counts };
  throw new Error(`${contestant}, ${name}: the target has ${found} instead of ${wanted}`);
}

/** Makes the target what the case wants it to be; answers from where to where is to be copied. */
export async function prepareTrial(
  world: BenchWorld,
  route: Route,
  { name, round }: Pick<Trial, 'name' | 'round'>,
): Promise<{ readonly source: SeedPlace; readonly target: SeedPlace }> {
  const { image, target } = copyCases[name];
  const isSibling = target === 'sibling';
  if (target === 'empty') await world.target.empty();
  if (isSibling) await world.source.forget(`copied/${image}`);
  return {
    source: placeOf(route.sourceUrl, 'released', image, round.tag),
    target: placeOf(isSibling ? route.sourceUrl : route.targetUrl, 'copied', image, round.tag),
  };
}

function runContestant(
  { env, directory }: BenchWorld,
  contestant: ContestantName,
  places: { readonly source: SeedPlace; readonly target: SeedPlace },
): Promise<RunCost> {
  if (contestant === 'engine') return measureEngine(places, env);
  return measureCommand(commandLines[contestant](formatPlaces(places)), { env, directory });
}

async function takeAll({ wires }: Route): Promise<readonly WireCount[]> {
  return await Promise.all(wires.map((wire) => wire.take()));
}

function placeOf(url: string, folder: 'released' | 'copied', image: CopyCase['image'], tag: string): SeedPlace {
  return { url, repository: `${folder}/${image}`, tag };
}

/** The places as commands are told them. */
export function formatPlaces({ source, target }: Readonly<Record<'source' | 'target', SeedPlace>>): CopyOrder {
  return { source: formatPlace(source), target: formatPlace(target) };
}

function formatPlace({ url, repository, tag }: SeedPlace): string {
  return `${new URL(url).host}/${repository}:${tag}`;
}
