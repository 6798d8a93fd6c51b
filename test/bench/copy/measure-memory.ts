/** Whether the engine's memory grows with the size of a layer. */
import { spreadOf } from '../spread.ts';
import type { BenchWorld } from './bench-world.ts';
import type { CopySizes } from './copy-case.ts';
import type { MemoryResult } from './copy-results.ts';
import { measureEngine } from './engine-run.ts';
import { seedImage } from './seeded-image.ts';

/** Copies an image of one usual layer and one of a large layer, in turn, and compares the peaks. */
export async function measureMemory(world: BenchWorld, sizes: CopySizes['memory']): Promise<MemoryResult> {
  const { rounds, usualLayerBytes, largeLayerBytes } = sizes;
  const peakOf = async (order: Awaited<ReturnType<typeof seedMemoryImage>>) => {
    await world.target.empty();
    return (await measureEngine(order, world.env)).peakMiB;
  };
  const usualOrder = await seedMemoryImage(world, 'usual', usualLayerBytes);
  const largeOrder = await seedMemoryImage(world, 'large', largeLayerBytes);
  const usual: number[] = [];
  const large: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    usual.push(await peakOf(usualOrder));
    large.push(await peakOf(largeOrder));
  }
  return { usualLayerBytes, largeLayerBytes, usualPeakMiB: spreadOf(usual), largePeakMiB: spreadOf(large) };
}

/** Pushes an image of one layer of the size to the source; from where to where it is to be copied. */
export async function seedMemoryImage({ source, target }: BenchWorld, tag: string, layerBytes: number) {
  const place = (url: string, folder: string) => ({ url, repository: `${folder}/memory`, tag });
  await seedImage(place(source.url, 'released'), { platforms: 1, layers: 1, layerBytes }, tag);
  return { source: place(source.url, 'released'), target: place(target.url, 'copied') };
}
