/** The soak, as long as CI has time for; `npm run soak` goes on for longer. */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { leasesOfNothing, sharedLockOfNobody } from './mutants.ts';
import { runSoak } from './soak.ts';

/** Requests of clients and collections. */
const operations = 20_000;

const timeoutMs = 900_000;

describe('clients and collections, all at once', () => {
  const seed = randomInt(2 ** 31);

  test(`by ${operations} requests no client is failed, and nothing is lost or left in the end (seed ${seed})`, {
    timeout: timeoutMs,
  }, async () => {
    const result = await runSoak({ seed, operations });
    expect([seed, result.violation]).toEqual([seed, undefined]);
    expect(result.operations).toBeGreaterThanOrEqual(operations);
    expect(result.collected).toBeGreaterThan(0);
    expect(result.collections).toBeGreaterThan(10);
  });

  test(`a registry that leases nothing is found out (seed ${seed})`, { timeout: timeoutMs }, async () => {
    const coordination = (uptime: () => number) => ({ leases: leasesOfNothing(uptime) });
    const { violation } = await runSoak({ seed, operations, coordination });
    expect([seed, violation]).toEqual([seed, expect.any(String)]);
  });

  test(`a registry whose pushes share no lock with it is found out (seed ${seed})`, {
    timeout: timeoutMs,
  }, async () => {
    const { violation } = await runSoak({ seed, operations, coordination: () => ({ locks: sharedLockOfNobody }) });
    expect([seed, violation]).toEqual([seed, expect.any(String)]);
  });
});
