/** Redis or the API dies while a promotion is under way: what was accepted is carried out once, and nothing else is. */
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { stepNames } from '../../promotion/lane.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { type FaultWorld, openFaultWorld } from './fault-world.ts';

let world: FaultWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

/** The redis-server behind the part that owns it. */
function redisServerPid(opened: FaultWorld): number {
  return Number(execFileSync('pgrep', ['-P', String(opened.pidOf('redis'))], { encoding: 'utf8' }).trim());
}

function restarts(opened: FaultWorld, part: string): number {
  return opened.events.filter((event) => event.kind === 'part-restarted' && event.part === part).length;
}

describe.each(stepNames)('at the step %s', (step) => {
  test('redis and the API are killed and come back: the promotion and the rollback are each committed once', async () => {
    const opened = await openFaultWorld({ target: 'foreign', stopAt: step });
    world = opened;
    await opened.finished((await opened.promote('1.0.0')).id);

    await opened.arm();
    const promotion = await opened.promote('1.1.0');
    await killUnder(opened);
    expect((await opened.finished(promotion.id)).state).toBe('promoted');
    expect(await opened.tag()).toBe(opened.digests['1.1.0']);

    await opened.arm();
    const rollback = await opened.rollback();
    await killUnder(opened);
    expect((await opened.finished(rollback.id)).state).toBe('promoted');
    await waitUntil('the tag is on 1.0.0', async () => (await opened.tag()) === opened.digests['1.0.0']);
    const kinds = await opened.asked();
    expect(kinds).toEqual(['promotion', 'promotion', 'rollback']);
    const numbers = (await opened.history()).map((entry) => entry.split(' ')[0]);
    expect(new Set(numbers).size).toBe(numbers.length);
  });
});

/** While the worker stands still at its step: both die, both come back, then the worker goes on. */
async function killUnder(opened: FaultWorld): Promise<void> {
  const worker = await opened.stopped();
  const [redis, api] = [restarts(opened, 'redis'), restarts(opened, 'api')];
  process.kill(redisServerPid(opened), 'SIGKILL');
  process.kill(opened.pidOf('api'), 'SIGKILL');
  await waitUntil('redis is back', async () => restarts(opened, 'redis') > redis);
  await waitUntil('the API is back', async () => restarts(opened, 'api') > api);
  process.kill(worker, 'SIGCONT');
}

test('the API is killed right after it accepted a promotion: it is carried out all the same', async () => {
  const opened = await openFaultWorld({ target: 'embedded', stopAt: 'copy' });
  world = opened;
  await opened.arm();
  const promotion = await opened.promote('1.0.0');
  process.kill(opened.pidOf('api'), 'SIGKILL');
  process.kill(await opened.stopped(), 'SIGCONT');
  await waitUntil('the api is back', async () => restarts(opened, 'api') > 0);
  expect((await opened.finished(promotion.id)).state).toBe('promoted');
  expect(await opened.tag()).toBe(opened.digests['1.0.0']);
});

describe('a rollback that comes while a promotion is under way', () => {
  test.each(['embedded', 'foreign'] as const)(
    'pre-empts it on the %s registry, and its late write is undone',
    async (target) => {
      const opened = await openFaultWorld({ target, stopAt: 'environment-tag' });
      world = opened;
      await opened.finished((await opened.promote('1.0.0')).id);
      await opened.arm();
      const promotion = await opened.promote('1.1.0');
      const pid = await opened.stopped();
      const rollback = await opened.rollback();
      expect((await opened.finished(rollback.id)).state).toBe('promoted');
      expect((await opened.read(promotion.id)).state).toBe('superseded');
      expect(await opened.tag()).toBe(opened.digests['1.0.0']);

      const watched = watchTag(opened, '1.1.0');
      process.kill(pid, 'SIGCONT');
      await opened.staysOn('1.0.0');
      // A foreign registry may have shown the late write for a moment; ours, which keeps fences, never.
      const wasSeen = await watched.stop();
      expect(wasSeen && target === 'embedded').toBe(false);
      expect(await opened.asked()).toEqual(['promotion', 'rollback']);
    },
  );
});

/** Looks at the tag all the time: whether it ever was on the version. */
function watchTag(opened: FaultWorld, version: '1.1.0') {
  let seen = false;
  let stopped = false;
  const loop = (async () => {
    while (!stopped) {
      if ((await opened.tag()) === opened.digests[version]) seen = true;
    }
  })();
  return {
    stop: async () => {
      stopped = true;
      await loop;
      return seen;
    },
  };
}
