/** What grew with the registry and must not. */
import { roundTo } from '../../spread.ts';
import { type ScaleMeasure, type ScalePoint, type ScaleResults, scaleMeasures } from './scale-results.ts';

/** The largest has a hundred times as much as the smallest; what takes three times as long is still far from growing with it. */
const growthMax = 3;

/** Below this, a ratio is noise. */
const noiseMs = 2;

/** What remembered names may take. */
const memoryGrowthMiBMax = 64;

const timed: readonly ScaleMeasure[] = ['startMs', 'pushMs', 'firstPageMs', 'middlePageMs'];

/** Every measure that is not flat or nearly so. The first listing after a start reads the disk, and is told but not judged. */
export function missedGrowths(scale: ScaleResults | undefined): readonly string[] {
  const points = scale?.points ?? [];
  return (['tags', 'repositories'] as const).flatMap((kind) => {
    const own = points.filter((point) => point.kind === kind).toSorted((a, b) => a.count - b.count);
    const [least, most] = [own[0], own.at(-1)];
    return least === undefined || most === undefined ? [] : [...missedTimes(least, most), ...missedMemory(least, most)];
  });
}

function missedTimes(least: ScalePoint, most: ScalePoint): readonly string[] {
  return timed.flatMap((measure) => {
    const growth = roundTo(most[measure] / least[measure], 2);
    if (growth <= growthMax || most[measure] - least[measure] <= noiseMs) return [];
    return [`${wordsOf(measure, least, most)} ms: ${growth} times, aimed at ${growthMax}`];
  });
}

function missedMemory(least: ScalePoint, most: ScalePoint): readonly string[] {
  const growth = roundTo(most.residentMiB - least.residentMiB, 1);
  if (growth <= memoryGrowthMiBMax) return [];
  return [`${wordsOf('residentMiB', least, most)} MiB: ${growth} more, aimed at ${memoryGrowthMiBMax}`];
}

function wordsOf(measure: ScaleMeasure, least: ScalePoint, most: ScalePoint): string {
  const between = `${least.count} to ${most.count} ${least.kind}`;
  return `${scaleMeasures[measure]}, ${between}: ${least[measure]} to ${most[measure]}`;
}
