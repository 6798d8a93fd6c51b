/** What the benchmark of the Action aims at, and what of it was missed. */
import type { ActionResults, ContestantName } from './action-results.ts';
import { builderNames } from './builder-watch.ts';

/** From the start of our process to the start of a builder, in milliseconds. */
export const startMsMax = 500;
/** The file that every step of every job reads. */
export const bundleBytesMax = 1_200_000;
/** A whole release beside the build alone. */
export const overheadMax = 1.05;

/** Every aim that was missed, in words; `withTimes: false` where sizes are too small for times to mean anything. */
export function missedAims(
  results: Pick<ActionResults, 'bundle' | 'starts' | 'releases' | 'overheads'>,
  { withTimes }: { readonly withTimes: boolean },
): readonly string[] {
  const size = results.bundle['index.cjs'] ?? Number.POSITIVE_INFINITY;
  const large = size > bundleBytesMax ? [`index.cjs has ${size} bytes, aimed at ${bundleBytesMax}`] : [];
  return withTimes
    ? [...missedStarts(results), ...missedOverheads(results), ...missedPushes(results), ...large]
    : large;
}

function missedStarts({ starts }: Pick<ActionResults, 'starts'>): readonly string[] {
  return starts
    .filter(({ untilBuildMs }) => untilBuildMs.p50 > startMsMax)
    .map(({ door, builder, untilBuildMs }) => {
      return `${door}: ${untilBuildMs.p50} ms until ${builder} is started, aimed at ${startMsMax}`;
    });
}

function missedOverheads({ overheads }: Pick<ActionResults, 'overheads'>): readonly string[] {
  return overheads
    .filter(({ ratio }) => !(ratio < overheadMax))
    .map(({ builder, ratio, aloneMs, oursBuildMs }) => {
      const builds = `${builder} itself builds ${oursBuildMs.p50} ms in it, alone ${aloneMs.p50} ms`;
      return `a release takes ${ratio} times as long as ${builder} alone, aimed below ${overheadMax}; ${builds}`;
    });
}

/** Ours has to be below that of the builder it used. */
function missedPushes({ releases }: Pick<ActionResults, 'releases'>): readonly string[] {
  const pushOf = (name: ContestantName) => releases.find(({ contestant }) => contestant === name)?.pushMs.p50;
  return builderNames.flatMap((builder) => {
    const [theirs, ours] = [pushOf(builder), pushOf(`ours-${builder}`)];
    if (theirs === undefined || ours === undefined || ours < theirs) return [];
    return [`push: ours behind ${builder} ${ours} ms, its own four ${theirs} ms, aimed below`];
  });
}
