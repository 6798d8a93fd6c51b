/** The lifetime of a promotion as Redis upholds it: what the table has happens, and nothing else does. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type PromotionState, promotionEdges } from '../../../core/promotion.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { takeLane } from '../../../service/ledger/lane-hand.ts';
import { laneKeys, promotionKey } from '../../../service/ledger/lane-keys.ts';
import { runScript, script } from '../../../service/ledger/script.ts';
import { type LaneWorld, openLaneWorld } from '../lanes/lane-world.ts';

const states = Object.keys(promotionEdges) as PromotionState[];
const legal = states.flatMap((before) => promotionEdges[before].map((after) => [before, after] as const));

const become = script('return become(ARGV[1], ARGV[2]) and 1 or 0');
const finish = script('finish(ARGV[1], ARGV[2], ARGV[3])');
const finishedAt = '2030-01-01T00:00:00.000Z';

let world: LaneWorld;
let digest: Digest;
let id: string;

beforeAll(async () => {
  world = await openLaneWorld();
  digest = await world.release('1.0.0', 'b');
});
afterAll(() => world.close());

beforeEach(async () => {
  id = await world.promotion('1.0.0', digest);
});

const enter = (state: PromotionState) => world.redis.hset(promotionKey(world.lane, id), 'state', state);
const run = (what: typeof become, ...values: string[]) =>
  runScript(world.redis, what, laneKeys(world.lane), [id, ...values]);

test('a promotion that is accepted waits', async () => {
  expect(await world.state(id)).toBe('waiting');
});

test.each(legal)('%s becomes %s', async (before, after) => {
  await enter(before);
  expect(await run(become, after)).toBe(1);
  expect(await world.state(id)).toBe(after);
});

test('no other state follows another', async () => {
  for (const before of states) {
    for (const after of states.filter((state) => !promotionEdges[before].includes(state))) {
      await enter(before);
      expect([before, after, await run(become, after)]).toEqual([before, after, 0]);
      expect(await world.state(id)).toBe(before);
    }
  }
});

describe('an end', () => {
  test('is told once, and stays', async () => {
    await enter('moving');
    await run(finish, 'promoted', finishedAt);
    const told = await world.redis.xlen(`${laneKeys(world.lane)[6]}`);
    await run(finish, 'superseded', '2031-01-01T00:00:00.000Z');
    expect(await world.state(id)).toBe('promoted');
    expect(await world.redis.hget(promotionKey(world.lane, id), 'finishedAt')).toBe(finishedAt);
    expect(await world.redis.xlen(`${laneKeys(world.lane)[6]}`)).toBe(told);
  });

  test('is not left by the worker that has the lane: that is a fault of ours', async () => {
    const hand = await takeLane(world.redis, world.lane, {
      now: () => 0,
      newId: () => 'f'.repeat(32),
      leastCounter: 0,
    });
    await enter('failed');
    await expect(hand.advance(id, 'copying')).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
    expect(await world.state(id)).toBe('failed');
  });
});

test('no step is left out: a tag does not move before its content was proved', async () => {
  const hand = await takeLane(world.redis, world.lane, { now: () => 0, newId: () => 'e'.repeat(32), leastCounter: 0 });
  await expect(hand.advance(id, 'moving')).rejects.toMatchObject({ code: 'INVARIANT_BROKEN' });
  for (const state of ['copying', 'proving', 'moving'] as const) await hand.advance(id, state);
  expect(await world.state(id)).toBe('moving');
});
