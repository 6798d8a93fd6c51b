/** A process that dies, or a worker that falls silent, at each named step of a promotion and of a rollback. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { stepNames } from '../../promotion/lane.ts';
import type { LaneStepName } from '../../service/lanes/lane-parts.ts';
import { strayRoundsMax } from './bounds.ts';
import { expectWhole } from './expect-whole.ts';
import { faultKinds } from './fault-kinds.ts';
import type { Version } from './fault-releases.ts';
import { type FaultWorld, openFaultWorld, type TargetKind } from './fault-world.ts';

const steps: readonly LaneStepName[] = ['begin', 'list', 'decide', ...stepNames];
const targets: readonly TargetKind[] = ['embedded', 'foreign'];

/** A release for each kind of fault: what was rolled back from is quarantined. */
const broken: readonly Version[] = ['1.1.0', '1.2.0', '1.3.0'];

describe.each(targets)('on the %s registry', (target) => {
  describe.each(steps)('at the step %s', (step) => {
    let world: FaultWorld;
    let asked: readonly string[];
    beforeAll(async () => {
      world = await openFaultWorld({ target });
      await world.promoted('1.0.0');
      asked = ['promotion 1.0.0'];
    });
    afterAll(() => world?.close());

    test.each(faultKinds.map((kind, at) => ({ ...kind, version: broken[at] ?? '1.1.0' })))(
      '$name in a promotion, then in a rollback: each is carried out once',
      async ({ inflict, version }) => {
        await world.stops.order(step);
        const promotion = await world.promote(version);
        await inflict(world, await world.stops.stopped(step));
        expect((await world.finished(promotion.id)).state).toBe('promoted');
        asked = [...asked, `promotion ${version}`];
        await expectWhole(world, version, asked);

        await world.stops.order(step);
        const rollback = await world.rollback();
        await inflict(world, await world.stops.stopped(step));
        expect((await world.finished(rollback.id)).state).toBe('promoted');
        asked = [...asked, 'rollback 1.0.0'];
        await expectWhole(world, '1.0.0', asked);
      },
    );

    test('a worker that falls silent past its lock, in a promotion or a rollback, and goes on later undoes nothing', async () => {
      await world.stops.order(step);
      const promotion = await world.promote('1.4.0');
      const silent = await world.stops.stopped(step);
      expect((await world.finished(promotion.id)).state).toBe('promoted');
      expect((await world.finished((await world.rollback()).id)).state).toBe('promoted');
      asked = [...asked, 'promotion 1.4.0', 'rollback 1.0.0'];
      await resumeAndExpect(silent, '1.0.0');

      await world.stops.order(step);
      const forward = await world.rollback('1.4.0');
      const other = await world.stops.stopped(step);
      expect((await world.finished(forward.id)).state).toBe('promoted');
      await world.promoted('1.5.0');
      asked = [...asked, 'rollback 1.4.0', 'promotion 1.5.0'];
      await resumeAndExpect(other, '1.5.0');
    });

    /** The silent worker's last write may land where no fences are kept; it is gone within the bound. */
    async function resumeAndExpect(worker: number, version: Version): Promise<void> {
      const watch = world.watchTag(version);
      world.resume(worker);
      const strays = await watch.settled();
      if (target === 'embedded') expect(strays).toEqual([]);
      for (const stray of strays) expect(stray).toBeLessThanOrEqual(strayRoundsMax);
      await expectWhole(world, version, asked);
    }
  });
});
