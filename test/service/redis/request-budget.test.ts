/** One budget on a real Redis, seen from two connections, as two workers have them. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { RequestClass, RequestPriority } from '../../../oci/client/wire/request-class.ts';
import { openRedis } from '../../../service/redis/connection.ts';
import { type BudgetInit, openRequestBudget } from '../../../service/redis/request-budget.ts';
import { openScratchRedis, type ScratchRedis } from './scratch-redis.ts';

let server: ScratchRedis;
let connections: readonly [Redis, Redis];

beforeAll(async () => {
  server = await openScratchRedis();
  connections = [new Redis(server.url), new Redis(server.url)];
});

beforeEach(() => connections[0].flushall());

afterAll(async () => {
  for (const redis of connections) redis.disconnect();
  await server.close();
});

/** Waiting takes no time, and is longer than anybody's patience: whoever was told to wait comes back once. */
function impatient() {
  let clock = 0;
  const delays: number[] = [];
  return {
    delays,
    now: () => clock,
    sleep: async (delayMs: number) => {
      delays.push(delayMs);
      clock += 60_000;
    },
  };
}

const rates = { 'manifest-write': { perSecond: 0.05, burst: 10 }, read: { perSecond: 0.05, burst: 10 } };

/** Redis answers in time, however busy the machine is. */
const redisMs = 20_000;

function budgetOn(redis: Redis, init: Partial<BudgetInit> = {}) {
  const timing = impatient();
  const account = 'password:robot';
  const budget = openRequestBudget({ redis, registry: 'registry.example', account, rates, timing, redisMs, ...init });
  return {
    ...budget,
    /** How long each of so many requests has to wait. */
    async delays(count: number, requestClass: RequestClass, priority: RequestPriority): Promise<readonly number[]> {
      for (let taken = 0; taken < count; taken += 1) await budget.take(requestClass, priority);
      return timing.delays.splice(0);
    },
  };
}

describe('a request budget', () => {
  it('is one for all who share the account: what one worker took the other must wait for', async () => {
    const [one, other] = connections.map((redis) => budgetOn(redis));
    expect(await one?.delays(6, 'manifest-write', 'production')).toEqual([]);
    expect(await other?.delays(4, 'manifest-write', 'production')).toEqual([]);
    const [waitMs] = (await other?.delays(1, 'manifest-write', 'production')) ?? [];
    // One request takes twenty seconds to grow back, less what has passed meanwhile.
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(20_000);
    expect(await one?.delays(1, 'manifest-write', 'production')).toHaveLength(1);
  });

  it('counts each class by itself, and those without a rate not at all', async () => {
    const budget = budgetOn(connections[0]);
    await budget.delays(10, 'manifest-write', 'production');
    expect(await budget.delays(8, 'read', 'production')).toEqual([]);
    expect(await budget.delays(50, 'write', 'rest')).toEqual([]);
  });

  it('keeps a fifth for production', async () => {
    const budget = budgetOn(connections[0]);
    expect(await budget.delays(8, 'read', 'rest')).toEqual([]);
    expect(await budget.delays(1, 'read', 'rest')).toHaveLength(1);
    expect(await budget.delays(2, 'read', 'production')).toEqual([]);
  });

  it('lets a rollback take what is not there, at the cost of the others', async () => {
    const budget = budgetOn(connections[0]);
    expect(await budget.delays(15, 'read', 'rollback')).toEqual([]);
    const [waitMs] = await budget.delays(1, 'read', 'production');
    expect(waitMs).toBeGreaterThan(10_000);
  });

  it('grows back with time, up to its burst', async () => {
    const quick = { read: { perSecond: 1_000, burst: 5 } };
    const budget = budgetOn(connections[0], { rates: quick });
    await budget.delays(5, 'read', 'rollback');
    const [, other] = connections;
    // Each ping takes a while; that many take longer than five milliseconds.
    for (let at = 0; at < 500; at += 1) await other.ping();
    expect(await budget.delays(1, 'read', 'production')).toEqual([]);
  });

  it('passes on a pause to every worker, and rollbacks keep it too', async () => {
    const [one, other] = connections.map((redis) => budgetOn(redis));
    one?.note({ pauseMs: 30_000 });
    await connections[0].ping();
    const [waitMs] = (await other?.delays(1, 'write', 'rollback')) ?? [];
    expect(waitMs).toBeGreaterThan(20_000);
    expect(waitMs).toBeLessThanOrEqual(30_000);
  });

  it('believes no pause of more than a minute', async () => {
    const budget = budgetOn(connections[0]);
    budget.note({ pauseMs: 86_400_000 });
    const [waitMs] = await budget.delays(1, 'write', 'rest');
    expect(waitMs).toBeLessThanOrEqual(60_000);
  });

  it.each<[number, RequestClass, RequestPriority, boolean]>([
    [100, 'manifest-read', 'rest', false],
    [19, 'manifest-read', 'rest', true],
    [19, 'manifest-read', 'production', false],
    [4, 'manifest-read', 'production', true],
    [0, 'manifest-read', 'rollback', false],
    [0, 'read', 'rest', false],
  ])('with %i of 100 left at the registry, a %s of %s waits: %s', async (remaining, requestClass, priority, waits) => {
    const [one, other] = connections.map((redis) => budgetOn(redis));
    one?.note({ allowance: { remaining, limit: 100 } });
    await connections[0].ping();
    expect(await other?.delays(1, requestClass, priority)).toHaveLength(waits ? 1 : 0);
  });

  it('is another one for another account and another registry', async () => {
    const [redis] = connections;
    await budgetOn(redis).delays(10, 'read', 'rollback');
    expect(await budgetOn(redis, { account: 'password:other' }).delays(1, 'read', 'production')).toEqual([]);
    expect(await budgetOn(redis, { registry: 'other.example' }).delays(1, 'read', 'production')).toEqual([]);
    expect(await budgetOn(redis).delays(1, 'read', 'production')).toHaveLength(1);
  });

  it('keeps nothing that names the account, and nothing for ever', async () => {
    const [redis] = connections;
    await budgetOn(redis).delays(1, 'read', 'rest');
    const keys = await redis.keys('*');
    expect(keys).toHaveLength(1);
    expect(keys.join()).not.toContain('robot');
    expect(await redis.pttl(keys[0] ?? '')).toBeGreaterThan(0);
  });

  it('ends waiting with the signal', async () => {
    const stop = new AbortController();
    const timing = { ...impatient(), sleep: async () => stop.abort(new Error('enough')) };
    const budget = budgetOn(connections[0], { timing });
    await budget.delays(10, 'read', 'rollback');
    await expect(budget.take('read', 'rest', stop.signal)).rejects.toThrow('enough');
  });
});

describe('a request budget without Redis', () => {
  it('lets everybody through when Redis is gone', async () => {
    const redis = openRedis('redis://127.0.0.1:1', 'worker', () => {});
    const budget = budgetOn(redis);
    budget.note({ pauseMs: 30_000 });
    expect(await budget.delays(30, 'read', 'rest')).toEqual([]);
    redis.disconnect();
  });

  it('waits for a Redis that stands still once, and no longer than its bound', async () => {
    const [redis, other] = connections;
    const asked = async () => Number(/cmdstat_evalsha:calls=(\d+)/.exec(await other.info('commandstats'))?.[1]);
    const before = await asked();
    server.standStill();
    const budget = budgetOn(redis, { redisMs: 50 });
    expect(await budget.delays(30, 'read', 'rollback')).toEqual([]);
    server.goOn();
    // On this connection nothing overtakes what was asked.
    await redis.ping();
    expect(await asked()).toBe(before + 1);
  });
});
