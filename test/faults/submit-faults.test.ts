/** The API dies at each named step of a submission: what it had accepted is carried out once, whoever asks again. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { submitStepNames } from '../../service/submit/context.ts';
import { expectWhole } from './expect-whole.ts';
import type { Version } from './fault-releases.ts';
import { type FaultWorld, openFaultWorld } from './fault-world.ts';

const versions: readonly Version[] = ['1.1.0', '1.2.0', '1.3.0'];
const lifetime = ['promotion.requested', 'promotion.started', 'promotion.moved', 'promotion.finished'];

describe.each(submitStepNames.map((step, at) => ({ step, version: versions[at] ?? '1.1.0' })))(
  'at the step $step',
  ({ step, version }) => {
    let world: FaultWorld;
    let asked: readonly string[];
    // A part that dies often is started again ever later.
    beforeAll(async () => {
      world = await openFaultWorld({ target: 'embedded' });
      await world.promoted('1.0.0');
      asked = ['promotion 1.0.0'];
    });
    afterAll(() => world?.close());

    /** The API dies there while it is asked; the one in its place works when this resolves. */
    async function killAsked(ask: () => Promise<unknown>): Promise<void> {
      await world.stops.order(step);
      const answer = ask().then(
        () => 'answered',
        () => 'unanswered',
      );
      expect(await world.stops.stopped(step)).toBe(world.pidOf('api'));
      await world.killPart('api');
      expect(await answer).toBe('unanswered');
    }

    test('the API is killed: a promotion is carried out once, and told in full', async () => {
      await killAsked(() => world.promote(version, `promote-${version}`));
      if (step === 'accept') expect((await world.state()).waiting).toEqual([]);
      const { id } = await world.promote(version, `promote-${version}`);
      expect((await world.finished(id)).state).toBe('promoted');
      expect((await world.promote(version, `promote-${version}`)).id).toBe(id);
      asked = [...asked, `promotion ${version}`];
      await expectWhole(world, version, asked);
      await expect.poll(() => world.toldOf(id), { timeout: 20_000 }).toEqual(lifetime);
    });

    test('the API is killed: a rollback is carried out once, however often it is asked for', async () => {
      await killAsked(() => world.rollback(undefined, `rollback-${version}`));
      if (step !== 'accept') {
        // Nobody rang: a sweep does.
        await expect.poll(async () => (await world.asked()).at(-1), { timeout: 20_000 }).toBe('rollback 1.0.0');
      }
      const { id } = await world.rollback(undefined, `rollback-${version}`);
      expect((await world.finished(id)).state).toBe('promoted');
      asked = [...asked, 'rollback 1.0.0'];
      await expectWhole(world, '1.0.0', asked);
      await expect.poll(() => world.toldOf(id), { timeout: 20_000 }).toEqual(lifetime);
    });
  },
);
