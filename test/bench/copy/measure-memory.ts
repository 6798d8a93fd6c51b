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
  const place = (url: string, folder: string, tag: string) => ({ url, repository: `${folder}/memory`, tag });
  const seed = async (tag: string, layerBytes: number) => {
    await seedImage(place(world.source.url, 'released', tag), { platforms: 1, layers: 1, layerBytes }, tag);
  };
  const peakOf = async (tag: string) => {
    await world.target.empty();
    const order = {
      source: place(world.source.url, 'released', tag),
      target: place(world.target.url, 'copied', tag),
    };
    return (await measureEngine(order, world.env)).peakMiB;
  };
  await seed('usual', usualLayerBytes);
  await seed('large', largeLayerBytes);
  const usual: number[] = [];
  const large: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    usual.push(await peakOf('usual'));
    large.push(await peakOf('large'));
  }
  return { usualLayerBytes, largeLayerBytes, usualPeakMiB: spreadOf(usual), largePeakMiB: spreadOf(large) };
}
