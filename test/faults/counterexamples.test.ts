/**
 * The counterexamples of the lane protocol's model that need no failover, by their numbers: real workers that stop at a
 * step, a registry of other people without compare-and-swap, and a proxy before it that holds writes back.
 */
import { afterEach, expect, test } from 'vitest';
import { waitUntil } from '../e2e/wait-until.ts';
import { expectRepaired } from './expect-repaired.ts';
import type { Version } from './fault-releases.ts';
import { type FaultWorld, type FaultWorldOptions, openFaultWorld } from './fault-world.ts';

let world: FaultWorld;
afterEach(() => world?.close());

const tagPath = '/v2/staging/web/manifests/staging';

/** Long beside a repair: how many sweeps one takes can then be counted. */
const slowSweepMs = 1_000;

/** A lane on 1.0.0 in a registry of other people. */
async function openLane(options: Omit<FaultWorldOptions, 'target'> = {}): Promise<void> {
  world = await openFaultWorld({ target: 'foreign', ...options });
  await world.promoted('1.0.0');
}

/** Writes of the environment tag that the registry took. */
function tagWrites(): number {
  return world.proxy.seen.filter(({ method, path, status }) => method === 'PUT' && path === tagPath && status === 201)
    .length;
}

/** Registry and ledger say the same, no number names two digests, and nothing is left to do. */
async function expectSettled(version: Version): Promise<void> {
  await world.twoSweeps();
  const { ledger, waiting } = await world.state();
  expect(await world.tag()).toBe(world.digests[version]);
  expect(ledger?.digest).toBe(world.digests[version]);
  expect(waiting).toEqual([]);
  expect(await world.forks()).toEqual([]);
}

/** A promotion of 1.1.0 whose worker stands still at the step; answers its id and the worker. */
async function stopPromotion(step: string): Promise<{ readonly id: string; readonly worker: number }> {
  await world.stops.order(step);
  const { id } = await world.promote('1.1.0');
  return { id, worker: await world.stops.stopped(step) };
}

test('1: sweeps in the middle of a flip ring and write nothing', async () => {
  await openLane({ lockMs: 60_000 });
  const { id, worker } = await stopPromotion('retire');
  expect(await world.tag()).toBe(world.digests['1.1.0']);
  const before = tagWrites();
  await world.twoSweeps();
  await world.twoSweeps();
  expect(tagWrites()).toBe(before);
  expect(await world.tag()).toBe(world.digests['1.1.0']);

  world.resume(worker);
  expect((await world.finished(id)).state).toBe('promoted');
  await expectSettled('1.1.0');
  expect(tagWrites()).toBe(before);
});

test('2: a write that was checked before a rollback and lands after it leaves its intent open, and is repaired', async () => {
  await openLane();
  const { id, worker } = await stopPromotion('environment-tag');
  // The API stands still before it rings: nobody tells the worker to give up its write.
  await world.stops.order('ring');
  const rollback = world.rollback();
  const api = await world.stops.stopped('ring');
  await waitUntil('the rollback is committed', async () => (await world.state()).ledger?.number === 3);
  const before = tagWrites();

  const watch = world.watchTag('1.0.0');
  world.resume(worker);
  await waitUntil('the write lands and is repaired', async () => tagWrites() >= before + 2);
  await watch.settled();
  world.resume(api);
  expect((await world.finished((await rollback).id)).state).toBe('promoted');
  expect((await world.read(id)).state).toBe('superseded');
  await expectSettled('1.0.0');
  expect(await world.asked()).toEqual(['promotion 1.0.0', 'rollback 1.0.0']);
});

test('2: when its writer dies before the answer, so that nobody rings, a sweep finds it', async () => {
  await openLane({ sweepEveryMs: slowSweepMs });
  const held = world.proxy.holdNextPut(tagPath, 'nothing');
  const { worker } = await stopPromotion('environment-tag');
  world.resume(worker);
  await held.arrived;
  world.freeze(worker);
  expect((await world.finished((await world.rollback()).id)).state).toBe('promoted');
  process.kill(worker, 'SIGKILL');

  await expectRepaired(world, held, '1.0.0');
  await expectSettled('1.0.0');
  expect(await world.asked()).toEqual(['promotion 1.0.0', 'rollback 1.0.0']);
});

test('3: a write whose connection broke lands after a newer promotion, and is repaired within two sweeps', async () => {
  await openLane({ sweepEveryMs: slowSweepMs });
  const held = world.proxy.holdNextPut(tagPath);
  await world.promoted('1.1.0');
  await world.promoted('1.2.0');

  await expectRepaired(world, held, '1.2.0');
  await expectSettled('1.2.0');
  expect(await world.asked()).toEqual(['promotion 1.0.0', 'promotion 1.1.0', 'promotion 1.2.0']);
});

test('4: what is under way and what waits when a rollback comes never commits', async () => {
  await openLane();
  const { id, worker } = await stopPromotion('copy');
  const waiting = await world.promote('1.2.0');
  const rollback = await world.rollback();
  expect((await world.finished(rollback.id)).state).toBe('promoted');

  world.resume(worker);
  await expectSettled('1.0.0');
  for (const superseded of [id, waiting.id]) expect((await world.read(superseded)).state).toBe('superseded');
  expect(await world.asked()).toEqual(['promotion 1.0.0', 'rollback 1.0.0']);
});

test('6: a number whose history tag is still on its way is not given out again', async () => {
  await openLane({ workers: 1 });
  const digest12 = world.digests['1.1.0'].slice(7, 19);
  const held = world.proxy.holdNextPut(`/v2/staging/web/manifests/staging-r000002-${digest12}`, 'nothing');
  await world.promote('1.1.0');
  await held.arrived;
  // It takes longer to start a worker than to take a rollback.
  const restarted = world.killPart('worker');
  const rollback = await world.rollback();
  await restarted;
  expect(await world.finished(rollback.id)).toMatchObject({ state: 'promoted', number: 3 });

  expect(await held.land()).toBe(201);
  await expectSettled('1.0.0');
  expect(await world.committed()).toEqual(['r1 promotion 1.0.0', 'r3 rollback 1.0.0']);
});
