/** What holds of a lane whatever was done to the processes that work in it. */
import { expect } from 'vitest';
import type { Version } from './fault-releases.ts';
import type { FaultWorld } from './fault-world.ts';

/** Tag and ledger are on the version, every command was committed once, no number names two digests, nothing waits. */
export async function expectWhole(world: FaultWorld, version: Version, asked: readonly string[]): Promise<void> {
  expect(await world.asked()).toEqual(asked);
  const { ledger, waiting } = await world.state();
  expect(ledger?.digest).toBe(world.digests[version]);
  expect(waiting).toEqual([]);
  expect(await world.tag()).toBe(world.digests[version]);
  expect(await world.forks()).toEqual([]);
}
