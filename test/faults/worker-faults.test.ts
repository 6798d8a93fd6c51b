/** A worker that dies or falls silent at each named step of a promotion and of a rollback. */
import { afterEach, describe, expect, test } from 'vitest';
import { stepNames } from '../../promotion/lane.ts';
import type { LaneStepName } from '../../service/lanes/lane-parts.ts';
import { type FaultWorld, openFaultWorld, type TargetKind } from './fault-world.ts';

const steps: readonly LaneStepName[] = ['begin', 'list', 'decide', ...stepNames];
const targets: readonly TargetKind[] = ['embedded', 'foreign'];

let world: FaultWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** The lane holds exactly what it should: tag and one commit per command, no number for two digests. */
async function expectWhole(
  opened: FaultWorld,
  version: '1.0.0' | '1.1.0' | '1.2.0',
  commits: readonly string[],
): Promise<void> {
  expect(await opened.tag()).toBe(opened.digests[version]);
  const committed = await opened.committed();
  expect(committed.map((entry) => entry.split(' ')[1])).toEqual(commits);
  const numbers = (await opened.history()).map((entry) => entry.split(' ')[0]);
  expect(new Set(numbers).size).toBe(numbers.length);
}

describe.each(targets)('on the %s registry', (target) => {
  describe.each(steps)('at the step %s', (step) => {
    test('a worker that is killed in a promotion, then one in a rollback, costs nothing but time', async () => {
      const opened = await openFaultWorld({ target, stopAt: step });
      world = opened;
      await opened.finished((await opened.promote('1.0.0')).id);

      await opened.arm();
      const promotion = await opened.promote('1.1.0');
      process.kill(await opened.stopped(), 'SIGKILL');
      expect((await opened.finished(promotion.id)).state).toBe('promoted');
      await expectWhole(opened, '1.1.0', ['1.0.0', '1.1.0']);

      await opened.arm();
      const rollback = await opened.rollback();
      process.kill(await opened.stopped(), 'SIGKILL');
      expect((await opened.finished(rollback.id)).state).toBe('promoted');
      await expectWhole(opened, '1.0.0', ['1.0.0', '1.1.0', '1.0.0']);
    });

    test('a worker that falls silent past its lock and goes on afterwards undoes nothing', async () => {
      const opened = await openFaultWorld({ target, stopAt: step });
      world = opened;
      await opened.finished((await opened.promote('1.0.0')).id);
      await opened.arm();
      const promotion = await opened.promote('1.1.0');
      const pid = await opened.stopped();
      expect((await opened.finished(promotion.id)).state).toBe('promoted');
      const rollback = await opened.rollback();
      expect((await opened.finished(rollback.id)).state).toBe('promoted');
      process.kill(pid, 'SIGCONT');
      // The silent worker's last write may land on a registry without fences; a sweep and a repair later it is gone.
      await opened.staysOn('1.0.0');
      await expectWhole(opened, '1.0.0', ['1.0.0', '1.1.0', '1.0.0']);

      await opened.arm();
      const forward = await opened.rollback('1.1.0');
      const silent = await opened.stopped();
      expect((await opened.finished(forward.id)).state).toBe('promoted');
      expect((await opened.finished((await opened.promote('1.2.0')).id)).state).toBe('promoted');
      process.kill(silent, 'SIGCONT');
      await opened.staysOn('1.2.0');
      await expectWhole(opened, '1.2.0', ['1.0.0', '1.1.0', '1.0.0', '1.1.0', '1.2.0']);
    });
  });
});
