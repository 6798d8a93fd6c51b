/** When a collection begins by itself, by how long the registry ran. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type CollectWorld, dayMs, hourMs, minuteMs, openCollectWorld } from './collect-world.ts';

let world: CollectWorld;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(async () => {
  vi.useRealTimers();
  await world.close();
});

/** How many collections ended by themselves in this time. */
async function collectionsIn(ms: number): Promise<number> {
  const before = world.events.length;
  for (let passedMs = 0; passedMs < ms; passedMs += 10 * minuteMs) {
    world.pass(10 * minuteMs);
    vi.advanceTimersByTime(10 * minuteMs);
    if (world.collector.isUnderWay()) await expect.poll(() => world.collector.isUnderWay()).toBe(false);
  }
  return world.events.slice(before).filter(({ kind }) => kind === 'collected').length;
}

test('collections follow one another at the interval', async () => {
  world = await openCollectWorld({ settings: { everyMs: hourMs } });
  expect([await collectionsIn(hourMs - 10 * minuteMs), await collectionsIn(10 * minuteMs)]).toEqual([0, 1]);
  expect(await collectionsIn(5 * hourMs)).toBe(5);
});

test('an interval longer than any timer waits for is kept', async () => {
  world = await openCollectWorld({ settings: { everyMs: 30 * dayMs } });
  vi.advanceTimersByTime(minuteMs);
  expect(world.collector.isUnderWay()).toBe(false);
  world.pass(30 * dayMs - hourMs);
  expect([await collectionsIn(hourMs - 10 * minuteMs), await collectionsIn(10 * minuteMs)]).toEqual([0, 1]);
});

test('a registry that is restarted more often than it collects comes to it all the same', async () => {
  world = await openCollectWorld({ settings: { everyMs: dayMs } });
  const collections: number[] = [];
  for (let start = 0; start < 4; start += 1) {
    collections.push(await collectionsIn(14 * hourMs));
    await world.restart();
  }
  expect(collections).toEqual([0, 1, 0, 1]);
});

test('none begins after a start before what was asked for before it is old', async () => {
  world = await openCollectWorld({ settings: { everyMs: dayMs } });
  expect(await collectionsIn(dayMs - 10 * minuteMs)).toBe(0);
  await world.restart();
  expect([await collectionsIn(hourMs - 10 * minuteMs), await collectionsIn(10 * minuteMs)]).toEqual([0, 1]);
});
