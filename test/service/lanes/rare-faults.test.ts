/** Counterexamples that the model in test/core found in the code's own rules: two faults at once, or a third person. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { forkedNumbers, historyTag, readHistory } from '../../../core/history.ts';
import { IntegrityError, NotFoundError, RegistryError, TransportError } from '../../../errors/errors.ts';
import type { Target } from '../../../oci/copy/target.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { drain } from '../../../service/lanes/drain.ts';
import { sweep } from '../../../service/lanes/sweep.ts';
import { readLaneState } from '../../../service/ledger/lane-state.ts';
import { readPromotion } from '../../../service/ledger/promotion-record.ts';
import { readRecords } from '../../../service/ledger/records.ts';
import { type LaneWorld, openLaneWorld } from './lane-world.ts';
import { freezeAt, freezeBeforeWrite, withTarget } from './stand-still.ts';

let world: LaneWorld;
let a: Digest;
let b: Digest;
let c: Digest;

beforeEach(async () => {
  world = await openLaneWorld({ fences: false });
  a = await world.release('1.0.0', 'a');
  b = await world.release('1.1.0', 'b');
  c = await world.release('1.2.0', 'c');
  await world.promotion('1.0.0', a);
  await world.promotion('1.1.0', b);
  await world.drain();
});
afterEach(() => world.close());

async function expectSettled(digest: Digest): Promise<void> {
  await world.drain();
  expect(await world.tag()).toBe(digest);
  expect(await world.ledger()).toBe(digest);
}

const isReceipt = (tag: string) => tag.endsWith('.receipt');

describe('a rollback that joins another one', () => {
  test('supersedes what was accepted between the two', async () => {
    const first = await world.rollback(a);
    const between = await world.promotion('1.2.0', c);
    expect(await world.rollback(a, { isDefaultTarget: true })).toBe(first);
    expect(await world.state(between)).toBe('superseded');
    await expectSettled(a);
  });
});

describe('a settlement that is broken off', () => {
  test('is completed with the version that is committed, so that a rollback to it knows its version', async () => {
    await world.promotion('1.2.0', c);
    await freezeBeforeWrite(world, (tag) => tag === 'staging');
    await world.failover(await world.snapshot());
    await freezeBeforeWrite(world, isReceipt);
    await world.failover(await world.snapshot());
    await world.drain();
    const records = await readRecords(world.redis, world.lane);
    expect(records.filter(({ digest }) => digest === b).map(({ kind, version }) => [kind, version])).toEqual([
      ['promotion', '1.1.0'],
      ['settlement', '1.1.0'],
    ]);
  });
});

describe('after a failover to a stale replica', () => {
  test('two settlements on different digests have different numbers', async () => {
    await world.promotion('1.2.0', c);
    const flipping = await freezeBeforeWrite(world, (tag) => tag === 'staging');
    await world.failover(await world.snapshot());
    const settling = await freezeBeforeWrite(world, (tag) => tag.startsWith('staging-r000004'));
    await flipping.thaw();
    await freezeAt(world, 'commit');
    await settling.thaw();
    await world.drain();
    const history = readHistory('staging', await Array.fromAsync(world.bare.listTags()));
    expect(forkedNumbers(history)).toEqual([]);
    expect(await world.tag()).toBe(await world.ledger());
  });

  test('a promotion does not come back after the rollback whose entry is completed', async () => {
    const id = await world.promotion('1.2.0', c);
    const stale = await world.snapshot();
    await world.rollback(b);
    await freezeAt(world, 'intent');
    await world.failover(stale);
    await expectSettled(b);
    expect(await world.state(id)).toBe('superseded');
  });

  test('an entry is completed as the command that wrote it, though its number was lost', async () => {
    const id = await world.promotion('1.2.0', c);
    const stale = await world.snapshot();
    await freezeAt(world, 'receipt');
    await world.failover(stale);
    await expectSettled(c);
    expect(await world.state(id)).toBe('promoted');
    expect(await world.records()).toEqual(['r1 promotion', 'r2 promotion', 'r3 promotion']);
  });

  test('a rollback survives whose history tag alone was written', async () => {
    const id = await world.rollback(a);
    const stale = await world.snapshot();
    await freezeAt(world, 'intent');
    await world.failover(stale);
    await expectSettled(a);
    expect(await world.state(id)).toBe('promoted');
  });

  test('a rollback does not come back after a newer one was committed', async () => {
    await world.promotion('1.2.0', c);
    await world.drain();
    const older = await world.rollback(a);
    const stale = await world.snapshot();
    await world.rollback(b);
    await world.drain();
    await world.failover(stale);
    await expectSettled(b);
    expect(await world.state(older)).toBe('superseded');
  });

  test('a rollback does not come back after the adoption that superseded it', async () => {
    await world.promotion('1.2.0', c);
    await world.drain();
    const older = await world.rollback(b);
    const direct = parseTag(`${historyTag('staging', 4, a)}-direct`);
    await world.bare.pushTag(direct, await world.bare.fetchManifest(a));
    await freezeAt(world, 'commit');
    await world.failover(await world.snapshot());
    await expectSettled(a);
    expect(await world.state(older)).toBe('superseded');
  });
});

test('a hold lasts through two failovers, though the lane settled in between', async () => {
  await world.rollback(a);
  await world.drain();
  const readHold = async () => (await readLaneState(world.redis, world.lane)).hold;
  await world.promotion('1.2.0', c);
  await freezeAt(world, 'intent');
  await world.failover([]);
  await expectSettled(a);
  expect(await world.records()).toEqual(['r1 promotion', 'r2 promotion', 'r3 rollback', 'r5 settlement']);
  const held = await readHold();
  expect(held).toMatchObject({ by: 'tester', reason: 'because' });
  await world.failover([]);
  await expectSettled(a);
  expect(await readHold()).toEqual(held);
  await world.failover(await world.snapshot());
  await expectSettled(a);
  expect(await readHold()).toEqual(held);
});

test('an adoption is written again after a failover, though the registry has seen higher tokens', async () => {
  await world.close();
  world = await openLaneWorld({ fences: true });
  a = await world.release('1.0.0', 'a');
  await world.promotion('1.0.0', a);
  await world.drain();
  await world.bare.pushTag(parseTag(`${historyTag('staging', 2, a)}-direct`), await world.bare.fetchManifest(a));
  await freezeAt(world, 'history-tag');
  const stale = await world.snapshot();
  await freezeAt(world, 'list');
  await freezeAt(world, 'intent');
  await world.failover(stale);
  await expectSettled(a);
  expect(await world.records()).toEqual(['r1 promotion', 'r3 adoption']);
});

describe('commands wait while the lane itself cannot be brought into order, and are carried out afterwards:', () => {
  const unreadable = () => new IntegrityError({ code: 'RECEIPT_INVALID', message: 'receipt cannot be read' });
  const gone = () => new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: 'manifest not found' });

  test.each([
    { what: 'a receipt cannot be read in an import', code: 'RECEIPT_INVALID', fails: isReceipt, fault: unreadable },
    {
      what: 'the digest to repair with is gone',
      code: 'MANIFEST_UNKNOWN',
      fails: (name: string) => name === b,
      fault: gone,
    },
  ])('$what', async ({ code, fails, fault }) => {
    world.drift = 'heal';
    await world.bare.pushTag(parseTag('staging'), await world.bare.fetchManifest(a));
    if (code === 'RECEIPT_INVALID') await world.failover([]);
    const ids = [await world.promotion('1.2.0', c), await world.promotion('1.0.0', a)];
    const target: Target = {
      ...world.target,
      fetchManifest: async (tagOrDigest, signal) => {
        if (fails(tagOrDigest)) throw fault();
        return world.target.fetchManifest(tagOrDigest, signal);
      },
    };
    for (let tries = 0; tries < 3; tries++) {
      await drain(world.lane, withTarget(world.parts, target), new AbortController().signal);
      world.clockMs += 60_000;
    }
    expect(await Promise.all(ids.map(world.state))).toEqual(['waiting', 'waiting']);
    const { waiting, head } = await readLaneState(world.redis, world.lane);
    expect([waiting, head?.id]).toEqual([ids, ids[0]]);
    expect((await readPromotion(world.redis, world.lane, ids[0] ?? ''))?.error?.code).toBe(code);
    expect(world.rings).toContain('later 5000');
    await expectSettled(a);
    expect(await Promise.all(ids.map(world.state))).toEqual(['promoted', 'promoted']);
  });
});

describe('a command that ends as failed', () => {
  /** A registry that stores receipts but never answers; or refuses them at once. */
  function withReceipts(answer: 'never' | 'refused'): Target {
    return {
      ...world.target,
      pushTag: async (tag, manifest, options) => {
        if (isReceipt(tag) && answer === 'refused') throw refusal();
        await world.target.pushTag(tag, manifest, options);
        if (isReceipt(tag)) throw new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'no answer in time' });
      },
    };
  }

  function refusal(): RegistryError {
    return new RegistryError({
      code: 'REGISTRY_REFUSED',
      message: 'denied',
      status: 403,
      specCodes: ['DENIED'],
      retryable: false,
    });
  }

  const drainOn = (target: Target) => drain(world.lane, withTarget(world.parts, target), new AbortController().signal);

  test('though its receipt landed leaves neither tag nor registry on its digest', async () => {
    const id = await world.promotion('1.2.0', c);
    for (let attempt = 0; attempt < 24 && (await world.state(id)) !== 'failed'; attempt++) {
      await drainOn(withReceipts('never'));
      world.clockMs += 60_000;
    }
    expect(await world.state(id)).toBe('failed');
    await expectSettled(b);
    await world.failover([]);
    await expectSettled(b);
  });

  test('and whose worker dies right after is found by the next sweep', async () => {
    const id = await world.promotion('1.2.0', c);
    const target = withReceipts('refused');
    const dying = {
      ...withTarget(world.parts, target),
      onStep: async () => await ((await world.state(id)) === 'failed' ? new Promise<void>(() => {}) : undefined),
    };
    void drain(world.lane, dying, new AbortController().signal);
    await expect.poll(() => world.state(id)).toBe('failed');
    expect(await world.tag()).toBe(c);
    world.rings.length = 0;
    await sweep([world.lane], 1, world.parts, new AbortController().signal);
    expect(world.rings).toEqual(['drain']);
    await expectSettled(b);
  });
});
