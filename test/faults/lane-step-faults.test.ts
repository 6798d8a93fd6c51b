/** A process that dies, or a worker that falls silent, in an import and in a repair: steps that take a fault to come to. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { strayRoundsMax } from './bounds.ts';
import { expectWhole } from './expect-whole.ts';
import { type FaultKind, faultKinds } from './fault-kinds.ts';
import type { Version } from './fault-releases.ts';
import { type FaultWorld, openFaultWorld, type TargetKind } from './fault-world.ts';

const targets: readonly TargetKind[] = ['embedded', 'foreign'];
const broken: readonly Version[] = ['1.1.0', '1.2.0', '1.3.0', '1.4.0'];

/** The worker goes on when another one has done its work. */
const silence: FaultKind = { name: 'the worker falls silent past its lock', inflict: async () => {} };
const faults = [...faultKinds, silence].map((kind, at) => ({ ...kind, version: broken[at] ?? '1.1.0' }));

describe.each(targets)('on the %s registry', (target) => {
  let world: FaultWorld;
  let asked: readonly string[];

  async function open(): Promise<void> {
    world = await openFaultWorld({ target });
    await world.promoted('1.0.0');
    asked = ['promotion 1.0.0'];
  }

  /** The lane is whole, and a worker that still stands at the step changes nothing when it goes on. */
  async function expectLasting(kind: FaultKind, worker: number, version: Version): Promise<void> {
    await expectWhole(world, version, asked);
    if (kind.name !== silence.name) return;
    const watch = world.watchTag(version);
    world.resume(worker);
    const strays = await watch.settled();
    if (target === 'embedded') expect(strays).toEqual([]);
    for (const stray of strays) expect(stray).toBeLessThanOrEqual(strayRoundsMax);
    await expectWhole(world, version, asked);
  }

  describe('in an import', () => {
    // A part that dies often is started again ever later, and every import here takes a dead Redis.
    beforeEach(open);
    afterEach(() => world?.close());

    /** A worker that imports, because Redis died while the command was under way. */
    async function stopImport(): Promise<number> {
      const worker = await world.stops.stopped('copy');
      await world.stops.order('import');
      await world.killPart('redis');
      world.resume(worker);
      return world.stops.stopped('import');
    }

    test.each(faults)('before a promotion and before a rollback, $name: each is carried out once', async (fault) => {
      await world.stops.order('copy');
      const promotion = await world.promote(fault.version);
      const first = await stopImport();
      await fault.inflict(world, first);
      expect((await world.finished(promotion.id)).state).toBe('promoted');
      asked = [...asked, `promotion ${fault.version}`];
      await expectLasting(fault, first, fault.version);

      await world.stops.order('copy');
      const rollback = await world.rollback();
      const second = await stopImport();
      await fault.inflict(world, second);
      expect((await world.finished(rollback.id)).state).toBe('promoted');
      asked = [...asked, 'rollback 1.0.0'];
      await expectLasting(fault, second, '1.0.0');
    });
  });

  describe('in a repair', () => {
    beforeAll(open);
    afterAll(() => world?.close());

    test.each(faults)('of a flip whose worker died, $name: the promotion is carried out once', async (fault) => {
      await world.stops.order('retire');
      const promotion = await world.promote(fault.version);
      const flipped = await world.stops.stopped('retire');
      await world.stops.order('repair');
      process.kill(flipped, 'SIGKILL');
      const repairing = await world.stops.stopped('repair');
      await fault.inflict(world, repairing);
      expect((await world.finished(promotion.id)).state).toBe('promoted');
      asked = [...asked, `promotion ${fault.version}`];
      await expectLasting(fault, repairing, fault.version);
    });
  });
});
