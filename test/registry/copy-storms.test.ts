/** A copy between registries that refuse it with 429 again and again, whatever it asks, and then let it through. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CopyWay, type CopyWorld, openCopyWorld } from './copy-world.ts';
import type { Fault } from './fault.ts';
import type { FaultPlan } from './fault-proxy.ts';
import { type SkippedTime, skippedTime } from './skipped-time.ts';

const worlds = new Map<'passwords' | 'tokens', CopyWorld>();

beforeAll(async () => {
  for (const signIn of ['passwords', 'tokens'] as const) worlds.set(signIn, await openCopyWorld(signIn));
});

afterAll(async () => {
  for (const world of worlds.values()) await world.close();
});

afterEach(() => {
  for (const world of worlds.values()) world.calm();
});

const chunks: CopyWay = { quirks: { uploadWays: ['chunks'], chunkSizeBytes: 256 * 1024 } };
const ways: readonly (readonly [string, 'passwords' | 'tokens', CopyWay])[] = [
  ['into a new repository', 'passwords', {}],
  ['of large blobs', 'passwords', { bulkSizeBytesMin: 0 }],
  ['with tokens', 'tokens', {}],
  ['into a repository that holds some of it', 'passwords', { into: 'a held repository' }],
  ['within a registry', 'passwords', { into: 'the same registry' }],
  ['in chunks', 'passwords', chunks],
  ['in one PATCH', 'passwords', { quirks: { uploadWays: ['patch'] } }],
  ['with what points at it', 'passwords', { withReferrers: true }],
];

/** All kinds of request that a copy makes of a registry. */
const kinds = [
  ...['GET sign-in', 'GET tags', 'GET referrers', 'HEAD manifest', 'GET manifest', 'PUT manifest'],
  ...['HEAD blob', 'GET blob', 'POST mount', 'POST blob', 'PATCH blob', 'PUT blob'],
];

const refusals: readonly (readonly [string, Fault])[] = [
  ['says nothing of when to come back', { kind: 'answer', status: 429, body: '<html>429 Too Many Requests</html>' }],
  ['says when to come back', { kind: 'answer', status: 429, headers: { 'retry-after': '20' } }],
];

/** Always to be told apart from a registry that stands still. */
const time = () => skippedTime({ answerMs: 20_000, commitMs: 20_000, stallMs: 20_000 });

/** Copies while the plans hold at both registries, each with its own. */
async function copyThrough(
  signIn: 'passwords' | 'tokens',
  way: CopyWay,
  plansFor: () => readonly FaultPlan[],
  timing: SkippedTime,
) {
  const world = worlds.get(signIn);
  if (world === undefined) throw new Error('it was opened');
  for (const { proxy } of [world.source, world.target]) proxy.plan(...plansFor());
  const attempt = await world.copyAfresh({ ...way, timing });
  const counts = [world.source, world.target].flatMap(({ proxy }) => Object.entries(proxy.counts()));
  world.calm();
  await world.expectRight(attempt);
  return counts;
}

describe.each(refusals)('a registry that refuses the first three requests of each kind, and %s,', (_, fault) => {
  it('has every copy in the end, whichever kinds of request it takes', async () => {
    const plans = kinds.map((on) => ({ on, nth: 1, times: 3, fault }));
    const met = new Set<string>();
    for (const [, signIn, way] of ways) {
      for (const [kind, { came, struck }] of await copyThrough(signIn, way, () => plans, time())) {
        // An upload that came to nothing is ended once, if the registry cares.
        if (kind === 'DELETE blob') continue;
        met.add(kind);
        expect([kind, struck, came > struck]).toEqual([kind, 3, true]);
      }
    }
    expect([...met].toSorted()).toEqual(kinds.toSorted());
  });
});

describe.each([
  // Five tries, with pauses that double from half a second on.
  ['three seconds, and says nothing of when to come back', 3_000, refusals[0]],
  ['a minute, and says when to come back', 60_000, refusals[1]],
] as const)('a registry that refuses everything for %s,', (_, stormMs, refusal) => {
  const [, fault] = refusal ?? [];
  if (fault === undefined) throw new Error('there are two');

  it.each(ways)('has the copy %s in the end, however far it was', async (_title, signIn, way) => {
    for (const nth of [1, 4]) {
      const timing = time();
      const plansFor = () => {
        let endsAt: number | undefined;
        const lasts = () => {
          endsAt ??= timing.now() + stormMs;
          return timing.now() < endsAt;
        };
        return [{ nth, times: Number.POSITIVE_INFINITY, fault, lasts }];
      };
      const counts = await copyThrough(signIn, way, plansFor, timing);
      expect(refusalsIn(counts)).toBeGreaterThan(2);
      expect(timing.waitedMs()).toBeGreaterThanOrEqual(stormMs);
    }
  });
});

function refusalsIn(counts: Awaited<ReturnType<typeof copyThrough>>): number {
  return counts.reduce((sum, [, { struck }]) => sum + struck, 0);
}

describe.each(refusals)('a registry that takes ten requests a second, refuses what is more, and %s,', (_, fault) => {
  it.each(ways)('has the copy %s in the end', async (_title, signIn, way) => {
    const timing = time();
    const plansFor = () => {
      let [second, taken] = [0, 0];
      const lasts = () => {
        const now = Math.floor(timing.now() / 1000);
        if (now !== second) [second, taken] = [now, 0];
        taken += 1;
        return taken > 10;
      };
      return [{ nth: 1, times: Number.POSITIVE_INFINITY, fault, lasts }];
    };
    const counts = await copyThrough(signIn, way, plansFor, timing);
    expect(refusalsIn(counts)).toBeGreaterThan(0);
  });
});
