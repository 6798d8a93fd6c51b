/** Writes that a foreign registry carries out long after their sender gave up. */
import { afterEach, expect, test } from 'vitest';
import { waitUntil } from '../e2e/wait-until.ts';
import { type FaultWorld, openFaultWorld, sweepEveryMs } from './fault-world.ts';

let world: FaultWorld | undefined;
afterEach(async () => {
  await world?.close();
  world = undefined;
});

const tagPath = '/v2/staging/web/manifests/staging';

/** A late write is repaired within two rounds of the sweeper and the time one repair takes; machines are slow. */
const repairMsMax = 2 * sweepEveryMs + 15_000;

async function openWithRelease(): Promise<FaultWorld> {
  const opened = await openFaultWorld({ target: 'foreign' });
  await opened.finished((await opened.promote('1.0.0')).id);
  return opened;
}

test('3: a write whose connection broke lands after a newer promotion and is repaired within two sweeps', async () => {
  const opened = await openWithRelease();
  world = opened;
  const held = opened.proxy?.holdNextPut(tagPath);
  const first = await opened.promote('1.1.0');
  await held?.arrived;
  expect((await opened.finished(first.id)).state).toBe('promoted');
  const second = await opened.promote('1.2.0');
  expect((await opened.finished(second.id)).state).toBe('promoted');

  expect(await held?.land()).toBe(201);
  expect(await opened.tag()).toBe(opened.digests['1.1.0']);
  await waitUntil('the tag is repaired', async () => (await opened.tag()) === opened.digests['1.2.0'], repairMsMax);
  expect(await opened.asked()).toEqual(['promotion', 'promotion', 'promotion']);
});

test('a write that lands after a rollback is repaired to the rollback’s digest', async () => {
  const opened = await openWithRelease();
  world = opened;
  const held = opened.proxy?.holdNextPut(tagPath);
  await opened.finished((await opened.promote('1.1.0')).id);
  await opened.finished((await opened.rollback()).id);
  expect(await held?.land()).toBe(201);
  await waitUntil('the tag is repaired', async () => (await opened.tag()) === opened.digests['1.0.0'], repairMsMax);
});

test('a history tag that lands late names its own digest, and no other entry has its number', async () => {
  const opened = await openWithRelease();
  world = opened;
  const digest12 = opened.digests['1.1.0'].slice(7, 19);
  const held = opened.proxy?.holdNextPut(`/v2/staging/web/manifests/staging-r000002-${digest12}`);
  const promotion = await opened.promote('1.1.0');
  await held?.arrived;
  await opened.finished(promotion.id);
  await opened.finished((await opened.rollback()).id);
  expect(await held?.land()).toBe(201);
  const numbers = (await opened.history()).map((entry) => entry.split(' ')[0]);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('two promotions into one environment at once are carried out one after the other', async () => {
  const opened = await openWithRelease();
  world = opened;
  const [first, second] = await Promise.all([opened.promote('1.1.0'), opened.promote('1.2.0')]);
  expect((await opened.finished(first.id)).state).toBe('promoted');
  expect((await opened.finished(second.id)).state).toBe('promoted');
  const [a, b] = [await opened.read(first.id), await opened.read(second.id)];
  const last = (a.number ?? 0) > (b.number ?? 0) ? a : b;
  expect(await opened.tag()).toBe(last.digest);
});
