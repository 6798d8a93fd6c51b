/** How far a promotion's copy is, as Redis and the event stream tell it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { PromotionView } from '../../../api/promotion.ts';
import type { ByteStream, Target } from '../../../oci/copy/target.ts';
import { eventStreamKey } from '../../../service/events/event-log.ts';
import { drain } from '../../../service/lanes/drain.ts';
import { type LaneWorld, openLaneWorld } from './lane-world.ts';

let world: LaneWorld;
beforeEach(async () => {
  world = await openLaneWorld();
});
afterEach(() => world.close());

/** Bytes a chunk; each takes 50 ms on the clock. */
const chunkBytes = 1000;
const chunkMs = 50;

/** A source that gives blobs out in small pieces, slowly. */
function slowSource(source: Target): Target {
  async function* slowly(stream: ByteStream): ByteStream {
    for await (const whole of stream) {
      for (let at = 0; at < whole.length; at += chunkBytes) {
        world.clockMs += chunkMs;
        yield whole.subarray(at, at + chunkBytes);
      }
    }
  }
  return { ...source, fetchBlob: async (blob, signal) => slowly(await source.fetchBlob(blob, signal)) };
}

async function progressTold(id: string): Promise<readonly NonNullable<PromotionView['progress']>[]> {
  const entries = await world.redis.xrange(eventStreamKey, '-', '+');
  return entries.flatMap(([, fields]) => {
    const [, type, , , , json = ''] = fields;
    if (type !== 'promotion.progressed') return [];
    const view: PromotionView = JSON.parse(json);
    return view.id === id && view.progress !== undefined ? [view.progress] : [];
  });
}

async function promoteSlowly(version: string, body: string): Promise<string> {
  const id = await world.promotion(version, await world.release(version, body));
  const source = slowSource(world.source);
  const parts = { ...world.parts, sourceOf: () => source };
  await drain(world.lane, parts, new AbortController().signal);
  expect(await world.state(id)).toBe('promoted');
  return id;
}

test('the bytes of a large copy are told four times a second while they move, and whole at the end', async () => {
  const id = await promoteSlowly('1.0.0', 'x'.repeat(100 * chunkBytes));
  const told = await progressTold(id);
  // 5 s of clock: a report every 250 ms, and the last one.
  expect(told.length).toBeGreaterThan(10);
  expect(told.length).toBeLessThanOrEqual(21);
  const copied = told.map(({ bytesCopied }) => bytesCopied);
  expect(copied).toEqual(copied.toSorted((one, other) => one - other));
  const shares = told.map(({ bytesCopied, bytesTotal }) => bytesCopied / bytesTotal);
  expect(shares.filter((share) => share > 0.3 && share < 0.7).length).toBeGreaterThan(3);
  const last = told.at(-1);
  expect(last?.bytesCopied).toBe(last?.bytesTotal);
  expect(last?.bytesTotal).toBeGreaterThan(100 * chunkBytes);
  expect(last?.blobs).toEqual({ total: 2, copied: 2, mounted: 0, present: 0, skipped: 0 });
});

test('what the target has already is not waited for', async () => {
  await promoteSlowly('1.0.0', 'x'.repeat(100 * chunkBytes));
  const { source, bare } = world;
  const again = await world.release('1.1.0', 'y'.repeat(20 * chunkBytes));
  const { bytes } = await source.fetchManifest(again);
  const [layer] = JSON.parse(new TextDecoder().decode(bytes)).layers;
  await bare.pushBlob(layer, () => source.fetchBlob(layer));
  const id = await promoteSlowly('1.1.0', 'y'.repeat(20 * chunkBytes));
  const last = (await progressTold(id)).at(-1);
  expect(last?.bytesCopied).toBe(last?.bytesTotal);
  expect(last?.bytesTotal).toBeLessThan(chunkBytes);
  expect(last?.blobs).toEqual({ total: 2, copied: 0, mounted: 0, present: 2, skipped: 0 });
});
