/** Memory does not grow with the size of a layer: the engine copies in a process of its own, between real registries. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { measureEngine } from '../bench/copy/engine-run.ts';
import { seedImage } from '../bench/copy/seeded-image.ts';
import { type Distribution, openDistribution } from './distribution.ts';

const mib = 1024 * 1024;
const usualLayerBytes = 20 * mib;
/** As large as a test can afford; `npm run bench -- copy` has 2 GiB. */
const largeLayerBytes = 512 * mib;

/** What a peak may be higher by. */
const allowedMiB = 30;

/** The lowest of so many peaks: chance only ever adds to one. */
const rounds = 2;

let source: Distribution;
let target: Distribution;
beforeAll(async () => {
  source = await openDistribution();
  target = await openDistribution();
});
afterAll(async () => {
  await source?.close();
  await target?.close();
});

/** Most memory that a copy of one layer of the size takes. */
async function peakOf(name: string, layerBytes: number): Promise<number> {
  const place = { url: source.url, repository: `released/${name}`, tag: 'v1' };
  await seedImage(place, { platforms: 1, layers: 1, layerBytes }, name);
  const peaks: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const copied = { url: target.url, repository: `copied/${name}-${round}`, tag: 'v1' };
    const { peakMiB } = await measureEngine({ source: place, target: copied }, process.env);
    peaks.push(peakMiB);
  }
  return Math.min(...peaks);
}

test('a layer of 512 MiB takes as much memory as one of 20 MiB', async () => {
  const usual = await peakOf('usual', usualLayerBytes);
  const large = await peakOf('large', largeLayerBytes);
  expect(large - usual).toBeLessThan(allowedMiB);
});
