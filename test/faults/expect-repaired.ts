/** A write that is carried out long after its sender gave up: what the rules allow to be seen of it. */
import { expect } from 'vitest';
import type { HeldWrite } from '../e2e/registry-proxy.ts';
import { repairSweepsMax } from './bounds.ts';
import type { Version } from './fault-releases.ts';
import type { FaultWorld } from './fault-world.ts';

/** Lets the write land; it is found once, and repaired to the version within the sweeps that a repair may take. */
export async function expectRepaired(
  world: Pick<FaultWorld, 'watchTag'>,
  held: Pick<HeldWrite, 'land'>,
  version: Version,
): Promise<void> {
  const watch = world.watchTag(version);
  expect(await held.land()).toBe(201);
  const strays = await watch.settled();
  expect(strays.length).toBe(1);
  expect(Math.max(...strays)).toBeLessThanOrEqual(repairSweepsMax);
}
