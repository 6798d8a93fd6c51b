/** The soak, as long as CI has time for; `npm run soak` goes on for longer. */
import { randomInt } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { leasesOfNothing, sharedLockOfNobody } from './mutants.ts';
import { runSoak, type SoakInit } from './soak.ts';

/** Requests of clients and collections. */
const operations = 20_000;

const timeoutMs = 900_000;

/**
 * Soaks by which a broken registry is found out. Most break their word within three thousand requests; of forty seeds
 * one needed fifteen thousand, so that now and then one soak goes by without.
 */
const soaksMax = 5;

/** In what the broken registry broke its word; undefined when it was never found out. */
async function findViolation(
  seed: number,
  coordination: NonNullable<SoakInit['coordination']>,
): Promise<string | undefined> {
  for (let soak = 0; soak < soaksMax; soak += 1) {
    const { violation } = await runSoak({ seed: seed + soak, operations, coordination });
    if (violation !== undefined) return violation;
  }
  return undefined;
}

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
    expect(await findViolation(seed, (uptime) => ({ leases: leasesOfNothing(uptime) }))).toEqual(expect.any(String));
  });

  test(`a registry whose pushes share no lock with it is found out (seed ${seed})`, {
    timeout: timeoutMs,
  }, async () => {
    expect(await findViolation(seed, () => ({ locks: sharedLockOfNobody }))).toEqual(expect.any(String));
  });
});
