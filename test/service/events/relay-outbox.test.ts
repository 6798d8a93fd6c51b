/** From a lane's outbox to the event stream, on a real Redis: nothing is lost, whatever fails between the two. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eventViewSchema } from '../../../api/event.ts';
import { eventStreamKey } from '../../../service/events/event-log.ts';
import { relayOutbox } from '../../../service/events/relay-outbox.ts';
import { lanePrefix } from '../../../service/ledger/lane-keys.ts';
import { type LaneWorld, openLaneWorld } from '../lanes/lane-world.ts';

let world: LaneWorld;
beforeEach(async () => {
  world = await openLaneWorld();
});
afterEach(() => world.close());

interface Relayed {
  readonly type: string;
  readonly payload: Record<string, unknown>;
}

/** Everything in the stream, parsed as its readers do. */
async function relayed(): Promise<readonly Relayed[]> {
  const entries = await world.redis.xrange(eventStreamKey, '-', '+');
  return entries.map(([id, [, type, , , , json]]) =>
    eventViewSchema.parse({ id, type, payload: JSON.parse(json ?? '') }),
  );
}

async function waiting(): Promise<number> {
  return world.redis.xlen(`${lanePrefix(world.lane)}:outbox`);
}

async function releaseAndDrain(version: string): Promise<string> {
  const id = await world.promotion(version, await world.release(version, version));
  await world.drain();
  return id;
}

/** A connection that may do everything but one command. */
async function without(command: 'xadd' | 'xdel'): Promise<Redis> {
  const rules = ['on', 'nopass', '~*', '&*', '+@all', `-${command}`];
  await world.redis.call('ACL', 'SETUSER', `no-${command}`, ...rules);
  const { host, port } = world.redis.options;
  return new Redis({ host: host ?? '', port: port ?? 0, username: `no-${command}`, password: 'any' });
}

/** Types of one promotion's events, each at its first appearance, without reports of progress. */
async function firstTypesOf(id: string): Promise<readonly string[]> {
  const own = (await relayed()).filter(({ payload }) => payload['id'] === id).map(({ type }) => type);
  return [...new Set(own)].filter((type) => type !== 'promotion.progressed');
}

const lifetime = ['promotion.requested', 'promotion.started', 'promotion.moved', 'promotion.finished'];

test('what a lane announced arrives in its order, with the promotion as it stands, and leaves the outbox empty', async () => {
  const [first, second] = [await releaseAndDrain('1.0.0'), await releaseAndDrain('1.1.0')];
  expect(await waiting()).toBeGreaterThan(0);
  await relayOutbox(world.redis, world.lane, world.clockMs);
  expect(await waiting()).toBe(0);
  expect(await firstTypesOf(first)).toEqual(lifetime);
  expect(await firstTypesOf(second)).toEqual(lifetime);
  const finished = (await relayed()).filter(({ type }) => type === 'promotion.finished');
  expect(finished.map(({ payload }) => [payload['id'], payload['state'], payload['number']])).toEqual([
    [first, 'promoted', 1],
    [second, 'promoted', 2],
  ]);
});

test('a relay that ends between the two steps leaves the announcement, and the next one repeats it', async () => {
  const id = await releaseAndDrain('1.0.0');
  const before = await waiting();
  const crashing = await without('xdel');
  await expect(relayOutbox(crashing, world.lane, world.clockMs)).rejects.toThrow();
  crashing.disconnect();
  expect(await waiting()).toBe(before);
  expect((await relayed()).filter(({ type }) => type === 'promotion.requested').length).toBe(1);

  await relayOutbox(world.redis, world.lane, world.clockMs);
  expect(await waiting()).toBe(0);
  expect((await relayed()).filter(({ type }) => type === 'promotion.requested').length).toBe(2);
  expect(await firstTypesOf(id)).toEqual(lifetime);
});

test('a relay that ends before the first step leaves everything to the next one', async () => {
  const id = await releaseAndDrain('1.0.0');
  const before = await waiting();
  const crashing = await without('xadd');
  await expect(relayOutbox(crashing, world.lane, world.clockMs)).rejects.toThrow();
  crashing.disconnect();
  expect(await waiting()).toBe(before);
  await relayOutbox(world.redis, world.lane, world.clockMs);
  expect(await firstTypesOf(id)).toEqual(lifetime);
});

test('relays of several processes at once repeat events, lose none and keep their order', async () => {
  const ids: string[] = [];
  for (let minor = 0; minor < 8; minor++) ids.push(await releaseAndDrain(`1.${minor}.0`));
  const processes = [1, 2, 3].map(() => world.redis.duplicate());
  await Promise.all(processes.map((redis) => relayOutbox(redis, world.lane, world.clockMs)));
  for (const redis of processes) redis.disconnect();
  expect(await waiting()).toBe(0);
  for (const id of ids) expect(await firstTypesOf(id)).toEqual(lifetime);
  const finished = (await relayed()).filter(({ type }) => type === 'promotion.finished');
  expect([...new Set(finished.map(({ payload }) => payload['id']))]).toEqual(ids);
});

test('a repeated relay finds nothing to do', async () => {
  await releaseAndDrain('1.0.0');
  await relayOutbox(world.redis, world.lane, world.clockMs);
  const before = (await relayed()).length;
  await relayOutbox(world.redis, world.lane, world.clockMs);
  expect((await relayed()).length).toBe(before);
});

test('a lane that was adopted is announced with its names', async () => {
  await releaseAndDrain('1.0.0');
  await world.redis.xadd(`${lanePrefix(world.lane)}:outbox`, '*', 'type', 'lane.adopted', 'id', '');
  await relayOutbox(world.redis, world.lane, world.clockMs);
  expect((await relayed()).at(-1)).toMatchObject({
    type: 'lane.adopted',
    payload: { app: 'web', environment: 'staging' },
  });
});
