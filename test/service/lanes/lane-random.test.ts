/**
 * Random lives of a lane, on a real Redis: whatever happens, it ends in the state that the protocol promises.
 * SEED repeats the lives of an earlier run, RUNS says how many there are.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { forkedNumbers, highestNumber, historyTag, readHistory } from '../../../core/history.ts';
import { type Digest, shortDigest } from '../../../oci/spec/digest.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { fetchReceipt } from '../../../promotion/fetch-receipt.ts';
import { drain } from '../../../service/lanes/drain.ts';
import { sweep } from '../../../service/lanes/sweep.ts';
import { readPromotion } from '../../../service/ledger/promotion-record.ts';
import { type LaneWorld, openLaneWorld, type RedisSnapshot, type TagFate } from './lane-world.ts';
import { withTarget } from './stand-still.ts';

/** Something that happens to a lane. A worker stops at the n-th thing that it does: a step, or a write being sent. */
type Happening =
  | { readonly kind: 'promote'; readonly release: number }
  | { readonly kind: 'roll back'; readonly release: number; readonly isDefault: boolean }
  | { readonly kind: 'crash' | 'freeze'; readonly until: number }
  | { readonly kind: 'write unanswered' | 'write late' }
  | {
      readonly kind:
        | 'work'
        | 'two work'
        | 'thaw'
        | 'land'
        | 'roll back directly'
        | 'replica falls behind'
        | 'fail over';
    };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('promote'), release: fc.nat({ max: 3 }) }) },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('roll back'), release: fc.nat({ max: 3 }), isDefault: fc.boolean() }),
  },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constantFrom('crash', 'freeze'), until: fc.integer({ min: 1, max: 24 }) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('write unanswered', 'write late') }) },
  { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('work', 'two work', 'thaw', 'land') }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('roll back directly') }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constantFrom('replica falls behind', 'fail over') }) },
);

const promote = fc.record({ kind: fc.constant('promote' as const), release: fc.nat({ max: 3 }) });
const rollBack = fc.record({
  kind: fc.constant('roll back' as const),
  release: fc.nat({ max: 1 }),
  isDefault: fc.boolean(),
});
const stopped = (...kinds: ('crash' | 'freeze')[]) =>
  fc.record({ kind: fc.constantFrom(...kinds), until: fc.integer({ min: 7, max: 18 }) });
const frozenAtFlip = fc.record({ kind: fc.constant('freeze' as const), until: fc.integer({ min: 10, max: 15 }) });
const just = (kind: 'work' | 'thaw' | 'replica falls behind' | 'fail over'): fc.Arbitrary<Happening> =>
  fc.constant({ kind });

/** How a life ends, which chance alone would seldom bring about: overtaken, or with a failover in the middle. */
const climax: fc.Arbitrary<readonly Happening[]> = fc.oneof(
  { weight: 2, arbitrary: fc.tuple(just('work'), promote, frozenAtFlip, rollBack, just('work'), just('thaw')) },
  {
    weight: 1,
    arbitrary: fc.tuple(
      promote,
      just('replica falls behind'),
      stopped('crash', 'freeze'),
      rollBack,
      stopped('crash', 'freeze'),
      just('fail over'),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(
      promote,
      stopped('crash', 'freeze'),
      just('replica falls behind'),
      rollBack,
      stopped('crash', 'freeze'),
      just('fail over'),
    ),
  },
  { weight: 1, arbitrary: fc.constant([]) },
);

const life = fc.record({
  fences: fc.constantFrom(false, false, true),
  happenings: fc.tuple(fc.array(happening, { maxLength: 12 }), climax).map((parts) => parts.flat()),
});

/** A lane's life while it is lived. */
interface Life {
  readonly world: LaneWorld;
  readonly releases: readonly { readonly version: string; readonly digest: Digest }[];
  /** Ids of commands in the order in which they were accepted; one that was joined comes again. */
  readonly accepted: string[];
  readonly frozen: (() => Promise<void>)[];
  readonly late: (() => Promise<void>)[];
  replica: RedisSnapshot | undefined;
  hasFailedOver: boolean;
  hasDirect: boolean;
}

const signal = new AbortController().signal;
const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
const runs = Number(process.env['RUNS'] ?? 70);

test(`a lane ends as the protocol promises, whatever happens (seed ${seed})`, { timeout: 900_000 }, async () => {
  const property = fc.asyncProperty(life, async ({ fences, happenings }) => {
    const lived = await beginLife(fences);
    try {
      for (const next of happenings) await happen(lived, next);
      await comeToRest(lived);
      await assertPromises(lived);
    } finally {
      await lived.world.close();
    }
  });
  await fc.assert(property, { seed, numRuns: runs });
});

async function beginLife(fences: boolean): Promise<Life> {
  const world = await openLaneWorld({ fences });
  const versions = ['1.0.0', '1.1.0', '1.2.0', '1.3.0'];
  const releases = [];
  for (const version of versions) releases.push({ version, digest: await world.release(version, version) });
  for (const { version, digest } of releases.slice(0, 2)) await world.promotion(version, digest);
  await world.drain();
  const nothing = { replica: undefined, hasFailedOver: false, hasDirect: false };
  return { world, releases, accepted: [], frozen: [], late: [], ...nothing };
}

async function happen(life: Life, next: Happening): Promise<void> {
  const { world, accepted } = life;
  switch (next.kind) {
    case 'promote': {
      const { version, digest } = releaseOf(life, next.release);
      return void accepted.push(await world.promotion(version, digest));
    }
    case 'roll back': {
      const { digest } = releaseOf(life, next.release);
      return void accepted.push(await world.rollback(digest, { isDefaultTarget: next.isDefault }));
    }
    case 'work':
      return world.drain();
    case 'two work':
      return void (await Promise.all([world.drain(), world.drain()]));
    case 'crash':
      return void (await workUntil(life, next.until));
    case 'freeze': {
      const thaw = await workUntil(life, next.until);
      return void (thaw !== undefined && life.frozen.push(thaw));
    }
    case 'thaw':
      return life.frozen.shift()?.();
    case 'write unanswered':
      return void world.fates.push({ kind: 'land-unanswered' });
    case 'write late':
      return writeLate(life);
    case 'land':
      return life.late.shift()?.();
    case 'roll back directly':
      return rollBackDirectly(life);
    case 'replica falls behind':
      life.replica = await world.snapshot();
      return;
    case 'fail over':
      return failOver(life);
  }
}

/** A worker that stops at the n-th thing it does; answers how to let it go on, or undefined when it ended before. */
async function workUntil({ world }: Life, until: number): Promise<(() => Promise<void>) | undefined> {
  const thawed = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<'stopped'>();
  let count = 0;
  const pause = async () => {
    count++;
    if (count !== until) return;
    reached.resolve('stopped');
    await thawed.promise;
  };
  const target = {
    ...world.target,
    pushTag: async (...written: Parameters<typeof world.target.pushTag>) => {
      await pause();
      return world.target.pushTag(...written);
    },
  };
  const drained = drain(world.lane, { ...withTarget(world.parts, target), onStep: pause }, signal);
  if ((await Promise.race([reached.promise, drained])) !== 'stopped') return undefined;
  return async () => {
    thawed.resolve();
    await drained;
  };
}

function writeLate({ world, late }: Life): void {
  const fate: TagFate & { kind: 'late' } = { kind: 'late' };
  world.fates.push(fate);
  late.push(async () => ignoreFence(fate.land?.()));
}

/** A registry that keeps fences refuses a late write: that is as good. */
async function ignoreFence(landing: Promise<void> | undefined): Promise<void> {
  await landing?.catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'TAG_FENCED')) throw error;
  });
}

/** The entry at once, with a number above all; the flip when it lands. Rule: lane-protocol, "13". */
async function rollBackDirectly(life: Life): Promise<void> {
  const { world } = life;
  if (life.hasDirect) return;
  life.hasDirect = true;
  const { digest } = releaseOf(life, 0);
  const manifest = await world.bare.fetchManifest(digest);
  const number = highestNumber(await entriesOf(world)) + 1;
  await world.bare.pushTag(parseTag(`${historyTag('staging', number, digest)}-direct`), manifest);
  life.late.push(() => world.bare.pushTag(parseTag('staging'), manifest));
}

async function failOver(life: Life): Promise<void> {
  if (life.hasFailedOver || life.replica === undefined) return;
  life.hasFailedOver = true;
  await life.world.failover(life.replica);
}

/** All that is frozen goes on, all that is late lands, then sweeps and drains until nothing rings. */
async function comeToRest({ world, frozen, late }: Life): Promise<void> {
  for (const thaw of frozen.splice(0)) await thaw();
  world.fates.length = 0;
  for (const land of late.splice(0)) await land();
  for (let round = 0; round < 100; round++) {
    world.clockMs += 60_000;
    world.rings.length = 0;
    await sweep([world.lane], 0, world.parts, signal);
    if (world.rings.length === 0) return;
    await world.drain();
  }
  expect.fail('the lane does not come to rest');
}

async function assertPromises(life: Life): Promise<void> {
  const { world, hasFailedOver, accepted } = life;
  const current = await world.ledger();
  expect(await world.tag(), 'S2: tag and ledger').toBe(current);
  const entries = await entriesOf(world);
  const forks = forkedNumbers(entries.filter((entry) => !entry.direct));
  if (!hasFailedOver) expect(forks, 'S3: numbers that name two digests').toEqual([]);
  await assertCommands(life);
  const last = await readLast(life);
  if (last !== undefined && !life.hasDirect && !hasFailedOver) expect(current, 'S2: newest command').toBe(last);
  await world.redis.flushall();
  await comeToRest(life);
  expect(await world.ledger(), `S5: what the registry tells after ${accepted.length} commands`).toBe(current);
  expect(await world.tag(), 'S5: the tag').toBe(current);
}

/** S1 and S4: each command ended, at most once, and none after a newer one. */
async function assertCommands({ world, accepted, hasFailedOver }: Life): Promise<void> {
  const receipts = await readReceipts(world);
  const ends = ['promoted', 'superseded', 'refused', 'failed', ...(hasFailedOver ? [undefined] : [])];
  let highest = 0;
  for (const [index, id] of accepted.entries()) {
    // That a rollback was joined, a failover may lose: its first acceptance counts then, else its last.
    if ((hasFailedOver ? accepted.indexOf(id) : accepted.lastIndexOf(id)) !== index) continue;
    const state = await world.state(id);
    const numbers = receipts.get(id) ?? [];
    expect(ends, `S4: the end of command ${index}`).toContain(state);
    // After a failover a command may get a second entry in a row.
    if (!hasFailedOver) expect(numbers.length, `S4: entries of command ${index}`).toBeLessThanOrEqual(1);
    if (numbers.length === 0) continue;
    expect(Math.min(...numbers), `S1: number of command ${index}`).toBeGreaterThan(highest);
    highest = Math.max(...numbers);
  }
}

/** Digest of the newest command that was promoted. */
async function readLast({ world, accepted }: Life): Promise<string | undefined> {
  for (const id of accepted.toReversed()) {
    const promotion = await readPromotion(world.redis, world.lane, id);
    if (promotion?.state === 'promoted') return promotion.digest;
  }
  return undefined;
}

/** Numbers of the entries whose receipts name each command. */
async function readReceipts(world: LaneWorld): Promise<ReadonlyMap<string, readonly number[]>> {
  const numbers = new Map<string, number[]>();
  for (const entry of await entriesOf(world)) {
    if (!entry.receipted) continue;
    const { receipt } = await fetchReceipt(world.bare, entry);
    expect(shortDigest(receipt.digest)).toBe(entry.digest12);
    numbers.set(receipt.commandId, [...(numbers.get(receipt.commandId) ?? []), entry.number]);
  }
  return numbers;
}

async function entriesOf(world: LaneWorld) {
  return readHistory(world.lane.environment, await Array.fromAsync(world.bare.listTags()));
}

function releaseOf({ releases }: Life, index: number) {
  const release = releases[index];
  if (release === undefined) throw new RangeError(`no release ${index}`);
  return release;
}
