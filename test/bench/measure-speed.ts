/** How many promotions a second, and how long each, beside what the registry itself can do in the same run. */

import type { Submitted } from '../../api/promotion.ts';
import { historyTag } from '../../core/history.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import {
  type CountedWorld,
  openCountedWorld,
  type RegistryKind,
  type Version,
  versions,
} from '../e2e/counted-world.ts';
import { isTagMove } from '../e2e/measured-change.ts';
import type { SeenRequest } from '../e2e/registry-proxy.ts';
import { openRegistryPace, type RegistryPace } from './registry-pace.ts';
import { roundTo, type Spread, spreadOf } from './spread.ts';

export interface Speed {
  readonly apps: number;
  /** Promotions a second, all apps at once, content there already. */
  readonly promotionsPerSecond: number;
  /** Manifests that the registry takes a second when asked for nothing else. */
  readonly putsPerSecond: number;
  /** Promotions for each manifest the registry could have taken; three are written for each promotion. */
  readonly ratio: number;
  /** From the call of the API to the tag being visible, in milliseconds, one at a time. */
  readonly promotionMs: Spread;
  readonly rollbackMs: Spread;
  /** One manifest put by tag, in milliseconds, one at a time. */
  readonly putMs: Spread;
  /** How many puts a promotion takes the time of. */
  readonly promotionPerPut: number;
}

const appCount = 100;
/** Measured rounds over all apps, each beside a round of puts. */
const roundCount = 4;
const promotionCount = 120;
const rollbackCount = 40;
const putCount = 120;

/** Measures on a world of its own: a private Redis that writes every change to disk, as `serve` starts it. */
export async function measureSpeed(kind: RegistryKind): Promise<Speed> {
  const world = await openCountedWorld(kind, { apps: appCount });
  try {
    for (const version of versions) await promoteEverywhere(world, version);
    const pace = await openRegistryPace(world);
    const rates = await measureRates(world, pace);
    const putMs = spreadOf(await pace.putInTurn(putCount));
    await pace.close();
    const promotionMs = spreadOf(await inTurn(world, promotionCount, (app, version) => world.promote(app, version)));
    const rollbackMs = spreadOf(await inTurn(world, rollbackCount, (app, version) => world.rollback(app, version)));
    const promotionPerPut = roundTo(promotionMs.p50 / putMs.p50, 1);
    return { apps: appCount, ...rates, promotionMs, rollbackMs, putMs, promotionPerPut };
  } finally {
    await world.close();
  }
}

async function measureRates(world: CountedWorld, pace: RegistryPace) {
  let promotionsMs = 0;
  let putsMs = 0;
  for (let round = 0; round < roundCount; round += 1) {
    putsMs += await pace.putEverywhere(String(round));
    promotionsMs += await promoteEverywhere(world, versionOf(round));
  }
  const perSecond = (spentMs: number) => (1000 * roundCount * appCount) / spentMs;
  return {
    promotionsPerSecond: roundTo(perSecond(promotionsMs), 1),
    putsPerSecond: roundTo(perSecond(putsMs), 1),
    ratio: roundTo(putsMs / promotionsMs, 3),
  };
}

/** Promotes every app at once; answers the milliseconds from the first call to the last tag being visible. */
async function promoteEverywhere(world: CountedWorld, version: Version): Promise<number> {
  await world.proxy.takeWhenQuiet();
  const began = epochMs();
  const submitted = await Promise.all(world.apps.map((app) => world.promote(app, version)));
  for (const one of submitted) await world.promoted(one);
  const seen = await world.proxy.takeWhenQuiet();
  return Math.max(...world.apps.map((app) => firstMove(seen, app))) - began;
}

/** Changes one app again and again; answers the milliseconds that each change took to be visible. */
async function inTurn(
  world: CountedWorld,
  count: number,
  submit: (app: string, version: Version) => Promise<Submitted>,
): Promise<readonly number[]> {
  const [app = ''] = world.apps;
  const times: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const began = epochMs();
    const { number = 0, digest } = await world.promoted(await submit(app, versionOf(index)));
    times.push(firstMove(afterWriteAhead(await world.proxy.take(), number, digest), app) - began);
  }
  return times;
}

/** What came after the change's own history tag: a write of the change before may still have been repeated. */
function afterWriteAhead(seen: readonly SeenRequest[], number: number, digest: string): readonly SeenRequest[] {
  const tag = historyTag('staging', number, parseDigest(digest));
  return seen.slice(seen.findIndex(({ method, path }) => method === 'PUT' && path.endsWith(`/manifests/${tag}`)) + 1);
}

/** When the app's tag was moved, in epoch milliseconds. */
function firstMove(seen: readonly SeenRequest[], app: string): number {
  const move = seen.find((request) => isTagMove(request, app));
  if (move === undefined) throw new Error(`the tag of ${app} was not moved`);
  return move.at;
}

/** The first, the second, the first…: every app is on the second when it begins. */
function versionOf(round: number): Version {
  return versions[round % versions.length] ?? '1.0.0';
}

function epochMs(): number {
  return performance.timeOrigin + performance.now();
}
