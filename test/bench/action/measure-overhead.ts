/** A whole release by us beside the build command alone, of an image that takes a while to build. */
import { rm } from 'node:fs/promises';
import { roundTo, spreadOf } from '../spread.ts';
import type { OverheadResult } from './action-results.ts';
import type { ActionSizes } from './action-sizes.ts';
import type { ActionWorld } from './action-world.ts';
import { makeSlowContext } from './build-contexts.ts';
import { type BuilderName, builderNames } from './builder-watch.ts';
import { ourRelease } from './ours.ts';
import { rotate } from './rotate.ts';
import { type Command, runTimed, type TimedRun } from './timed-run.ts';

type Way = { readonly builder: BuilderName; readonly isOurs: boolean; readonly runs: TimedRun[] };

/** In each round both builders by themselves and by us, another one first in each. */
export async function measureOverhead(world: ActionWorld, sizes: ActionSizes): Promise<readonly OverheadResult[]> {
  const ways = builderNames.flatMap((builder) => [false, true].map((isOurs): Way => ({ builder, isOurs, runs: [] })));
  for (let round = 0; round < sizes.rounds; round += 1) {
    for (const way of rotate(ways, round)) {
      const context = await makeSlowContext(world.contexts, sizes.buildSeconds);
      way.runs.push(await runTimed(world, [await commandOf(world, way, context)]));
      await world.registry.empty();
      await rm(context, { recursive: true });
    }
    await world.forgetImages();
  }
  return builderNames.map((builder) => {
    const runsOf = (isOurs: boolean) =>
      ways.find((way) => way.builder === builder && way.isOurs === isOurs)?.runs ?? [];
    const [alone, ours] = [runsOf(false), runsOf(true)];
    const ratios = ours
      .map(({ wallMs }, round) => wallMs / (alone[round]?.wallMs ?? Number.NaN))
      .toSorted((a, b) => a - b);
    return {
      builder,
      aloneMs: spreadOf(alone.map(({ wallMs }) => wallMs)),
      oursMs: spreadOf(ours.map(({ wallMs }) => wallMs)),
      oursBuildMs: spreadOf(ours.map(({ buildMs }) => buildMs)),
      ratio: roundTo(ratios[Math.floor((ratios.length - 1) / 2)] ?? Number.NaN, 3),
    };
  });
}

async function commandOf(world: ActionWorld, { builder, isOurs }: Way, context: string): Promise<Command> {
  if (!isOurs) {
    const format = builder === 'buildah' ? ['--format', 'oci'] : [];
    return { words: [builder, 'build', ...format, '--tag', 'localhost/bench:alone', context], env: world.env };
  }
  const { host } = new URL(world.registry.url);
  return await ourRelease(world, 'bundle', { image: `${host}/acme/slow`, version: '1.2.3', builder, context });
}
