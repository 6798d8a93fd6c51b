/** Writes that are carried out long after their sender gave up, and commands that come at the same time. */
import { afterEach, describe, expect, test } from 'vitest';
import { strayRoundsMax } from './bounds.ts';
import { expectRepaired } from './expect-repaired.ts';
import { expectWhole } from './expect-whole.ts';
import { type FaultWorld, openFaultWorld } from './fault-world.ts';

let world: FaultWorld;
afterEach(() => world?.close());

const tagPath = '/v2/staging/web/manifests/staging';

test('a write that lands after a rollback is repaired to the rollback’s digest within two sweeps', async () => {
  world = await openFaultWorld({ target: 'foreign', sweepEveryMs: 1_000 });
  await world.promoted('1.0.0');
  const held = world.proxy.holdNextPut(tagPath);
  await world.promoted('1.1.0');
  expect((await world.finished((await world.rollback()).id)).state).toBe('promoted');

  await expectRepaired(world, held, '1.0.0');
  await expectWhole(world, '1.0.0', ['promotion 1.0.0', 'promotion 1.1.0', 'rollback 1.0.0']);
});

test('two promotions into one environment at once are carried out one after the other', async () => {
  world = await openFaultWorld({ target: 'foreign' });
  await world.promoted('1.0.0');
  const both = await Promise.all([world.promote('1.1.0'), world.promote('1.2.0')]);
  const ended = await Promise.all(both.map(({ id }) => world.finished(id)));
  expect(ended.map(({ state }) => state)).toEqual(['promoted', 'promoted']);
  const [first, second] = ended.toSorted((a, b) => (a.number ?? 0) - (b.number ?? 0));
  const last = second?.version === '1.1.0' ? '1.1.0' : '1.2.0';
  await expectWhole(world, last, ['promotion 1.0.0', `promotion ${first?.version}`, `promotion ${last}`]);
});

describe('a rollback that comes while a promotion is under way', () => {
  test.each(['embedded', 'foreign'] as const)(
    'pre-empts it on the %s registry, and its late write lands never or for a moment',
    async (target) => {
      world = await openFaultWorld({ target });
      await world.promoted('1.0.0');
      await world.stops.order('environment-tag');
      const promotion = await world.promote('1.1.0');
      const worker = await world.stops.stopped('environment-tag');
      expect((await world.finished((await world.rollback()).id)).state).toBe('promoted');
      expect((await world.read(promotion.id)).state).toBe('superseded');
      expect(await world.tag()).toBe(world.digests['1.0.0']);

      const watch = world.watchTag('1.0.0');
      world.resume(worker);
      const strays = await watch.settled();
      // Ours keeps fences: there it is refused.
      if (target === 'embedded') expect(strays).toEqual([]);
      for (const stray of strays) expect(stray).toBeLessThanOrEqual(strayRoundsMax);
      await expectWhole(world, '1.0.0', ['promotion 1.0.0', 'rollback 1.0.0']);
    },
  );
});
