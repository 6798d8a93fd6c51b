/**
 * The counterexamples of the lane protocol's model in which Redis is another one afterwards, by their numbers: a replica
 * that was cut off takes the place of its primary, or an empty Redis does, while writes are on their way to a registry
 * of other people.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { historyTag, receiptTag } from '../../core/history.ts';
import { waitUntil } from '../e2e/wait-until.ts';
import { expectRepaired } from './expect-repaired.ts';
import type { Version } from './fault-releases.ts';
import { type FaultWorld, type FaultWorldOptions, openFaultWorld } from './fault-world.ts';
import { openReplicatedRedis, type ReplicatedRedis } from './replicated-redis.ts';

let redis: ReplicatedRedis;
let world: FaultWorld;
beforeEach(async () => {
  redis = await openReplicatedRedis();
});
afterEach(async () => {
  await world?.close();
  await redis.close();
});

const tagPath = '/v2/staging/web/manifests/staging';

async function openWorld(options: Omit<FaultWorldOptions, 'target' | 'redisUrl'> = {}): Promise<void> {
  world = await openFaultWorld({ target: 'foreign', redisUrl: redis.url, ...options });
}

/** A promotion of 1.1.0 whose worker stands still at the step; answers its id and the worker. */
async function stopPromotion(step: string): Promise<{ readonly id: string; readonly worker: number }> {
  await world.stops.order(step);
  const { id } = await world.promote('1.1.0');
  return { id, worker: await world.stops.stopped(step) };
}

/** Registry and ledger say the same, no number names two digests, nothing is left to do; and a Redis that knows nothing is told the same. */
async function expectSettled(version: Version): Promise<void> {
  await world.imported();
  await expectQuiet(version);
  await redis.startAnew();
  await world.imported();
  await expectQuiet(version);
}

async function expectQuiet(version: Version): Promise<void> {
  await world.twoSweeps();
  const { ledger, waiting } = await world.state();
  expect(await world.tag()).toBe(world.digests[version]);
  expect(ledger?.digest).toBe(world.digests[version]);
  expect(waiting).toEqual([]);
  expect(await world.forks()).toEqual([]);
}

test('5: a rollback that stays writes an entry of its own, above the receipt of the promotion that it stopped', async () => {
  await openWorld();
  await world.promoted('1.0.0');
  const { id, worker } = await stopPromotion('commit');
  const rollback = await world.rollback();
  expect(await world.finished(rollback.id)).toMatchObject({ state: 'promoted', number: 3 });
  world.resume(worker);
  expect((await world.read(id)).state).toBe('superseded');

  await expectSettled('1.0.0');
  expect(await world.committed()).toEqual(['r1 promotion 1.0.0', 'r2 promotion 1.1.0', 'r3 rollback 1.0.0']);
});

test('10: a worker whose token the replica restored is fenced by the run id', async () => {
  await openWorld();
  await world.promoted('1.0.0');
  const { id, worker } = await stopPromotion('receipt');
  await redis.cut();
  // The API dies before it rings, so that nobody tells the worker to stop: a sweep finds the rollback.
  await world.stops.order('ring');
  const rollback = world.rollback().catch(() => 'unanswered');
  await world.stops.stopped('ring');
  await world.killPart('api');
  expect(await rollback).toBe('unanswered');
  await waitUntil('the rollback is committed', async () => (await world.state()).ledger?.number === 3);
  // Nobody else takes a token before it goes on: its own is the newest that the replica knows.
  const other = ['worker-1', 'worker-2'].map(world.pidOf).find((pid) => pid !== worker) ?? 0;
  world.freeze(other);
  await redis.failOver();
  world.resume(worker);
  await world.imported();
  world.resume(other);
  expect((await world.finished(id)).state).toBe('superseded');

  await expectSettled('1.0.0');
  expect(await world.committed()).toEqual(['r1 promotion 1.0.0', 'r3 rollback 1.0.0']);
});

test('11: a promotion accepted before the rollback that the replica has not seen is superseded', async () => {
  await openWorld();
  await world.promoted('1.0.0');
  await world.promoted('1.1.0');
  const workers = ['worker-1', 'worker-2'].map(world.pidOf);
  for (const worker of workers) world.freeze(worker);
  const waiting = await world.promote('1.2.0');
  await redis.cut();
  const rollback = await world.rollback();
  for (const worker of workers) world.resume(worker);
  expect((await world.finished(rollback.id)).state).toBe('promoted');

  await redis.failOver();
  await world.imported();
  expect((await world.finished(waiting.id)).state).toBe('superseded');
  await expectSettled('1.0.0');
  expect(await world.asked()).toEqual(['promotion 1.0.0', 'promotion 1.1.0', 'rollback 1.0.0']);
});

test('12: a write that lands late is repaired though the replica does not know its intent', async () => {
  await openWorld({ sweepEveryMs: 1_000 });
  await world.promoted('1.0.0');
  await redis.cut();
  const held = world.proxy.holdNextPut(tagPath);
  await world.promoted('1.1.0');
  expect((await world.finished((await world.rollback()).id)).state).toBe('promoted');
  await redis.failOver();
  await world.imported();

  await expectRepaired(world, held, '1.0.0');
  await expectSettled('1.0.0');
  expect(await world.asked()).toEqual(['promotion 1.0.0', 'promotion 1.1.0', 'rollback 1.0.0']);
});

test('13: the receipt of an entry that an import gave up changes nothing when it lands', async () => {
  await openWorld({ workers: 1 });
  // Two writes are on their way when Redis dies: an old one of the tag, and the receipt of the entry that is newer.
  const heldTag = world.proxy.holdNextPut(tagPath);
  await world.promoted('1.0.0');
  await redis.cut();
  const entry = historyTag('staging', 2, world.digests['1.1.0']);
  const heldReceipt = world.proxy.holdNextPut(`/v2/staging/web/manifests/${receiptTag(entry)}`, 'nothing');
  await world.promote('1.1.0');
  await heldReceipt.arrived;
  const worker = world.pidOf('worker');
  world.freeze(worker);
  await redis.failOver();
  expect(await heldTag.land()).toBe(201);
  await world.killPart('worker');
  await world.imported();
  expect(await world.committed()).toEqual(['r1 promotion 1.0.0', 'r3 settlement 1.0.0']);

  expect(await heldReceipt.land()).toBe(201);
  await expectSettled('1.0.0');
  expect(await world.committed()).toEqual(['r1 promotion 1.0.0', 'r2 promotion 1.1.0', 'r3 settlement 1.0.0']);
});
