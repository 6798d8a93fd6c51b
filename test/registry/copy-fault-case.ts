/** One fault in one kind of request, and what a copy must come to that meets it. */
import { expect } from 'vitest';
import { type CopyWay, type CopyWorld, impatience } from './copy-world.ts';
import { type Fault, nameOfFault } from './fault.ts';
import type { FaultPlan } from './fault-proxy.ts';

export interface FaultCase {
  readonly side: 'source' | 'target';
  readonly on: string;
  /** Of these requests, those to such a path. */
  readonly path?: RegExp;
  /** Which of them a single fault strikes, counted from 1; the second when absent. */
  readonly nth?: number;
  readonly fault: Fault;
  readonly way?: CopyWay;
  /** What is the matter with the registry besides. */
  readonly besides?: readonly FaultPlan[];
}

/** A case and its name in a title. */
export interface NamedCase extends FaultCase {
  readonly name: string;
}

/** The faults, each by itself, in that kind of request; every reading of a blob by undici and in bulk. */
export function casesOf(where: Omit<FaultCase, 'fault'>, faults: readonly Fault[]): readonly NamedCase[] {
  return faults.flatMap((fault): readonly NamedCase[] => {
    const usual = { ...where, fault, name: nameOfFault(fault) };
    if (where.on !== 'GET blob' || where.side !== 'source') return [usual];
    return [usual, { ...usual, name: `${usual.name}, in bulk`, way: { ...where.way, bulkSizeBytesMin: 0 } }];
  });
}

/** It strikes once. */
export async function expectOneSurvived(world: CopyWorld, faultCase: FaultCase): Promise<void> {
  await expectSurvived(world, faultCase, { nth: faultCase.nth ?? 2, times: 1 });
}

/** It strikes every time. */
export async function expectAllSurvived(world: CopyWorld, faultCase: FaultCase): Promise<void> {
  await expectSurvived(world, faultCase, { nth: 1, times: Number.POSITIVE_INFINITY });
}

/** How long who stands still is waited for here; one who is merely slow, on a busy machine, is asked again. */
const standstillMs = 250;

function isStandstill({ kind }: Fault): boolean {
  return kind === 'stall' || kind === 'stop reading';
}

async function expectSurvived(
  world: CopyWorld,
  { side, on, path, fault, way, besides = [] }: FaultCase,
  often: Pick<FaultPlan, 'nth' | 'times'>,
): Promise<void> {
  const { proxy } = world[side];
  proxy.plan({ on, fault, ...often, ...(path === undefined ? {} : { path }) }, ...besides);
  const attempt = await world.copyAfresh(isStandstill(fault) ? { ...way, timing: impatience(standstillMs) } : way);
  expect(proxy.isStruckBy(0)).toBe(true);
  world.calm();
  await world.expectRightOrNothing(attempt);
}
