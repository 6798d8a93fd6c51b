/** How long it takes from the start of our process to the start of the builder, by both doors. */
import { rm } from 'node:fs/promises';
import { type Spread, spreadOf } from '../spread.ts';
import type { StartResult } from './action-results.ts';
import type { ActionWorld } from './action-world.ts';
import { makeSlowContext } from './build-contexts.ts';
import { builderNames } from './builder-watch.ts';
import { doorNames, ourRelease } from './ours.ts';
import { rotate } from './rotate.ts';
import { runTimed } from './timed-run.ts';

/** Releases a small image again and again; the builder is asked whether it is there before it builds, as always. */
export async function measureStart(
  world: ActionWorld,
  rounds: number,
): Promise<{ readonly nodeMs: Spread; readonly starts: readonly StartResult[] }> {
  const { host } = new URL(world.registry.url);
  const ways = doorNames.flatMap((door) => builderNames.map((builder) => ({ door, builder, times: [] as number[] })));
  const node: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const empty = { words: [process.execPath, '--eval', '0'], env: world.env };
    node.push((await runTimed(world, [empty])).wallMs);
    for (const { door, builder, times } of rotate(ways, round)) {
      const context = await makeSlowContext(world.contexts, 0);
      const order = { image: `${host}/acme/start`, version: '1.2.3', builder, context };
      const { untilBuildMs } = await runTimed(world, [await ourRelease(world, door, order)]);
      if (untilBuildMs === undefined) throw new Error(`${door}: ${builder} was not started`);
      times.push(untilBuildMs);
      await world.registry.empty();
      await rm(context, { recursive: true });
    }
    await world.forgetImages();
  }
  return {
    nodeMs: spreadOf(node),
    starts: ways.map(({ door, builder, times }) => ({ door, builder, untilBuildMs: spreadOf(times) })),
  };
}
