/** Commands one after the other, timed from outside, with what builders did in them. */
import { runToEnd } from '../../e2e/run-program.ts';
import type { ActionWorld } from './action-world.ts';
import type { SeenCall } from './builder-watch.ts';

export interface Command {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface TimedRun {
  /** From the start of the first to the end of the last. */
  readonly wallMs: number;
  /** From the start of the first to the start of a builder; undefined where nothing builds. */
  readonly untilBuildMs: number | undefined;
  /** In which a builder built. */
  readonly buildMs: number;
  /** From the end of the build, or where nothing builds from the start, to the end of the last. */
  readonly afterBuildMs: number;
  /** What programs of the builder took of that. */
  readonly programsMs: number;
}

/**
 * Runs them in the directory of contexts.
 * @throws Error when one of them fails.
 */
export async function runTimed(world: ActionWorld, commands: readonly Command[]): Promise<TimedRun> {
  await world.watch.take();
  const began = performance.now();
  for (const { words, env } of commands) {
    const [program = '', ...others] = words;
    await runToEnd(program, others, { env, cwd: world.contexts });
  }
  const ended = performance.now();
  return timesOf(await world.watch.take(), { began: epochOf(began), ended: epochOf(ended) });
}

function timesOf(calls: readonly SeenCall[], { began, ended }: Pick<SeenCall, 'began' | 'ended'>): TimedRun {
  const build = calls.find(({ verb }) => verb === 'build');
  const later = build === undefined ? [] : calls.filter((call) => call.began >= build.ended);
  return {
    wallMs: ended - began,
    untilBuildMs: build && build.began - began,
    buildMs: build === undefined ? 0 : build.ended - build.began,
    afterBuildMs: ended - (build?.ended ?? began),
    programsMs: later.reduce((total, call) => total + call.ended - call.began, 0),
  };
}

function epochOf(time: number): number {
  return performance.timeOrigin + time;
}
