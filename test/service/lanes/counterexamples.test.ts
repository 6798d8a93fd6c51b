/** The counterexamples of the lane protocol's model, by their numbers, on a real Redis and a registry without compare-and-swap. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { historyTag, receiptTag } from '../../../core/history.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseTag, type Tag } from '../../../oci/spec/tag.ts';
import { fetchReceipt } from '../../../promotion/fetch-receipt.ts';
import type { LaneStepName } from '../../../service/lanes/lane-parts.ts';
import { sweep } from '../../../service/lanes/sweep.ts';
import { type LaneWorld, openLaneWorld, type TagFate } from './lane-world.ts';

let world: LaneWorld;
let b: Digest;
let c: Digest;
const staging = parseTag('staging');

beforeEach(async () => {
  world = await openLaneWorld({ fences: false });
  b = await world.release('1.0.0', 'b');
  c = await world.release('1.1.0', 'c');
  await world.promotion('1.0.0', b);
  await world.drain();
});
afterEach(() => world.close());

/** Starts a drain that stands still at the step, as a frozen process would; `thaw` lets it go on. */
async function freezeAt(step: LaneStepName): Promise<{ thaw(): Promise<void> }> {
  const thawed = Promise.withResolvers<void>();
  const reached = Promise.withResolvers<void>();
  world.onStep = async (name) => {
    if (name !== step) return;
    world.onStep = async () => {};
    reached.resolve();
    await thawed.promise;
  };
  const drained = world.drain();
  await reached.promise;
  return {
    thaw: async () => {
      thawed.resolve();
      await drained;
    },
  };
}

/** Other hands, or a CLI without the service, put the digest under the tag. */
async function pushBare(tag: Tag, digest: Digest): Promise<void> {
  await world.bare.pushTag(tag, await world.bare.fetchManifest(digest));
}

async function expectSettled(digest: Digest): Promise<void> {
  await world.drain();
  expect(await world.tag()).toBe(digest);
  expect(await world.ledger()).toBe(digest);
}

test('1: a sweep in the middle of a flip rings and writes nothing', async () => {
  await world.promotion('1.1.0', c);
  const frozen = await freezeAt('retire');
  expect(await world.tag()).toBe(c);
  world.rings.length = 0;
  await sweep([world.lane], 1, world.parts, new AbortController().signal);
  expect(await world.tag()).toBe(c);
  expect(world.rings).toEqual(['drain']);
  await frozen.thaw();
  await expectSettled(c);
});

test('2: a frozen writer whose write lands after a rollback leaves its intent open, and the tag is repaired', async () => {
  await world.promotion('1.1.0', c);
  const frozen = await freezeAt('environment-tag');
  await world.rollback(b, { isDefaultTarget: true });
  await world.drain();
  world.rings.length = 0;
  await frozen.thaw();
  expect(await world.tag()).toBe(c);
  expect(world.rings).toEqual(['drain']);
  await expectSettled(b);
});

test('3: a write whose answer was lost lands after a newer promotion, and the tag is repaired', async () => {
  const d = await world.release('1.2.0', 'd');
  const late: TagFate & { kind: 'late' } = { kind: 'late' };
  world.fates.push(late);
  await world.promotion('1.1.0', c);
  await world.promotion('1.2.0', d);
  await world.drain();
  expect(await world.tag()).toBe(d);
  await late.land?.();
  expect(await world.tag()).toBe(c);
  await expectSettled(d);
});

test('4: what waits when a rollback is accepted never commits', async () => {
  const id = await world.promotion('1.1.0', c);
  await world.rollback(b);
  await world.drain();
  expect(await world.state(id)).toBe('superseded');
  await expectSettled(b);
});

test('5: a rollback that stays writes an entry of its own, above the one it stopped', async () => {
  await world.promotion('1.1.0', c);
  const frozen = await freezeAt('receipt');
  await world.rollback(b, { isDefaultTarget: true });
  await world.drain();
  await frozen.thaw();
  await expectSettled(b);
  expect(await world.records()).toEqual(['r1 promotion', 'r3 rollback']);
  const tags = await Array.fromAsync(world.bare.listTags());
  expect(tags).not.toContain(receiptTag(historyTag('staging', 2, c)));
});

test('6: a number whose history tag is still on its way is not given out again', async () => {
  await world.promotion('1.1.0', c);
  const frozen = await freezeAt('copy');
  await world.rollback(b, { isDefaultTarget: true });
  await world.drain();
  await pushBare(historyTag('staging', 2, b), b);
  await frozen.thaw();
  expect(await world.records()).toEqual(['r1 promotion', 'r3 rollback']);
});

describe('a rollback made without the service', () => {
  async function direct(number: number, digest: Digest): Promise<Tag> {
    const tag = parseTag(`${historyTag('staging', number, digest)}-direct`);
    await pushBare(tag, digest);
    return tag;
  }

  beforeEach(async () => {
    await world.promotion('1.1.0', c);
    await world.drain();
  });

  test('8: is adopted, and its late flip after the next promotion is repaired', async () => {
    await direct(3, b);
    await expectSettled(b);
    const d = await world.release('1.2.0', 'd');
    await world.promotion('1.2.0', d);
    await world.drain();
    await pushBare(staging, b);
    await expectSettled(d);
  });

  test('9: is named by the receipt that adopts it, which holds the lane', async () => {
    const first = await direct(3, b);
    const second = await direct(4, b);
    await expectSettled(b);
    const tag = historyTag('staging', 5, b);
    const entry = { number: 5, digest12: b.slice(7, 19), direct: false, receipted: true, tag };
    const { receipt } = await fetchReceipt(world.bare, entry);
    expect(receipt).toMatchObject({ kind: 'adoption', directTags: [first, second], holds: true });
  });

  test('that comes while a promotion flips wins over it', async () => {
    const d = await world.release('1.2.0', 'd');
    const id = await world.promotion('1.2.0', d);
    const frozen = await freezeAt('list-again');
    await direct(4, b);
    await frozen.thaw();
    await expectSettled(b);
    expect(await world.state(id)).toBe('superseded');
  });
});

describe('after a failover to a stale replica', () => {
  test('10: a worker whose token the replica restored is fenced by the run id', async () => {
    await world.promotion('1.1.0', c);
    const frozen = await freezeAt('intent');
    const stale = await world.snapshot();
    await world.rollback(b, { isDefaultTarget: true });
    await world.drain();
    await world.failover(stale);
    await frozen.thaw();
    expect(world.events.at(-1)?.kind).toBe('fenced');
    await expectSettled(b);
  });

  test('11: a promotion accepted before the rollback that the replica has not seen is superseded', async () => {
    const id = await world.promotion('1.1.0', c);
    const stale = await world.snapshot();
    await world.rollback(b);
    await world.drain();
    await world.failover(stale);
    await expectSettled(b);
    expect(await world.state(id)).toBe('superseded');
  });

  test('12: a write that lands late is repaired though its intent was lost', async () => {
    const late: TagFate & { kind: 'late' } = { kind: 'late' };
    world.fates.push(late, { kind: 'land-unanswered' });
    await world.promotion('1.1.0', c);
    await world.drain();
    await world.rollback(b);
    await world.drain();
    await world.failover([]);
    await world.drain();
    await late.land?.();
    expect(await world.tag()).toBe(c);
    await expectSettled(b);
  });

  test('13: the receipt of an entry that an import voided changes nothing when it lands', async () => {
    await world.promotion('1.1.0', c);
    await freezeAt('intent');
    await world.failover([]);
    await expectSettled(b);
    expect((await world.history()).map((tag) => tag.slice(0, 15))).toEqual([
      'staging-r000001',
      'staging-r000002',
      'staging-r000003',
    ]);
    await pushBare(receiptTag(historyTag('staging', 2, c)), c);
    await expectSettled(b);
  });
});

test('the embedded registry, which keeps fences, never lets the frozen write land at all', async () => {
  await world.close();
  world = await openLaneWorld({ fences: true });
  b = await world.release('1.0.0', 'b');
  c = await world.release('1.1.0', 'c');
  await world.promotion('1.0.0', b);
  await world.drain();
  await world.promotion('1.1.0', c);
  const frozen = await freezeAt('environment-tag');
  await world.rollback(b, { isDefaultTarget: true });
  await world.drain();
  await frozen.thaw();
  expect(await world.tag()).toBe(b);
  await expectSettled(b);
});
