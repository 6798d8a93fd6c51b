/** Who is let in, and in which order. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RequestPriority } from '../../../../oci/client/wire/request-class.ts';
import { openSlotPool, type Slot, type SlotPool } from '../../../../oci/client/wire/slot-pool.ts';
import { errorOf } from '../fixture.ts';

/** Long enough that nothing is taken to be stuck while a test runs. */
const neverMs = 60_000;

function poolOf(limit: number, stuckMs = neverMs): SlotPool {
  return openSlotPool({ start: limit, floor: 1, ceiling: limit }, stuckMs);
}

/** Requests that wait for the pool, and which of them were let in so far. */
function openCrowd(pool: SlotPool) {
  const entered: string[] = [];
  const slots = new Map<string, Slot>();
  return {
    entered,
    async join(name: string, priority: RequestPriority = 'rest', isLong = false): Promise<void> {
      void pool.take({ priority, isLong }).then((slot) => {
        entered.push(name);
        slots.set(name, slot);
      });
      await settled();
    },
    async leave(name: string, outcome: 'well' | 'overloaded' | 'neither' = 'neither'): Promise<void> {
      slots.get(name)?.release(outcome);
      await settled();
    },
  };
}

/** Everything that waits for nothing but its turn has had it. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

afterEach(() => void vi.useRealTimers());

describe('a pool', () => {
  it('lets in as many as its limit allows, then whoever waited longest', async () => {
    const crowd = openCrowd(poolOf(2));
    for (const name of ['a', 'b', 'c', 'd']) await crowd.join(name);
    expect(crowd.entered).toEqual(['a', 'b']);
    await crowd.leave('b');
    await crowd.leave('a');
    expect(crowd.entered).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets in rollbacks before production before the rest', async () => {
    const crowd = openCrowd(poolOf(1));
    await crowd.join('first');
    await crowd.join('rest');
    await crowd.join('production', 'production');
    await crowd.join('another rest');
    await crowd.leave('first');
    await crowd.leave('production');
    await crowd.leave('rest');
    expect(crowd.entered).toEqual(['first', 'production', 'rest', 'another rest']);
  });

  it('lets in two rollbacks however many others there are, and no third', async () => {
    const crowd = openCrowd(poolOf(1));
    await crowd.join('rest');
    for (const name of ['a', 'b', 'c']) await crowd.join(name, 'rollback');
    expect(crowd.entered).toEqual(['rest', 'a', 'b']);
    await crowd.leave('rest');
    expect(crowd.entered).toEqual(['rest', 'a', 'b', 'c']);
  });

  it('lets in the blobs of two rollbacks as well', async () => {
    const crowd = openCrowd(poolOf(1));
    await crowd.join('rest', 'rest', true);
    for (const name of ['a', 'b', 'c']) await crowd.join(name, 'rollback', true);
    expect(crowd.entered).toEqual(['rest', 'a', 'b']);
  });

  it('keeps two slots free of blobs', async () => {
    const crowd = openCrowd(poolOf(4));
    for (const name of ['blob 1', 'blob 2', 'blob 3']) await crowd.join(name, 'rest', true);
    for (const name of ['a', 'b', 'c']) await crowd.join(name);
    expect(crowd.entered).toEqual(['blob 1', 'blob 2', 'a', 'b']);
    await crowd.leave('blob 1');
    // It is the blob's turn, which came before the short request.
    expect(crowd.entered).toEqual(['blob 1', 'blob 2', 'a', 'b', 'blob 3']);
  });

  it('has room for a short request beside a blob, even with a limit of one', async () => {
    const crowd = openCrowd(poolOf(1));
    await crowd.join('blob', 'rest', true);
    await crowd.join('short');
    await crowd.join('another short');
    expect(crowd.entered).toEqual(['blob', 'short']);
  });

  it('shrinks with an overload: what is under way goes on, and fewer are let in after it', async () => {
    const crowd = openCrowd(poolOf(4));
    for (const name of ['a', 'b', 'c', 'd', 'e', 'f']) await crowd.join(name);
    await crowd.leave('a', 'overloaded');
    await crowd.leave('b', 'overloaded');
    expect(crowd.entered).toEqual(['a', 'b', 'c', 'd']);
    await crowd.leave('c');
    expect(crowd.entered).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('takes a slot back once, however often it is given', async () => {
    const crowd = openCrowd(poolOf(1));
    for (const name of ['a', 'b', 'c']) await crowd.join(name);
    await crowd.leave('a');
    await crowd.leave('a');
    expect(crowd.entered).toEqual(['a', 'b']);
  });

  it('lets go whoever gives up waiting', async () => {
    const pool = poolOf(1);
    const crowd = openCrowd(pool);
    await crowd.join('a');
    const stop = new AbortController();
    const waiting = errorOf(pool.take({ priority: 'rest', isLong: false, signal: stop.signal }));
    await crowd.join('b');
    stop.abort(new Error('enough'));
    expect((await waiting).message).toBe('enough');
    await crowd.leave('a');
    expect(crowd.entered).toEqual(['a', 'b']);
  });

  it('lets in one more at a time when nothing under way ends', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const crowd = openCrowd(poolOf(1, 30));
    await crowd.join('a', 'rest', true);
    await crowd.join('b', 'rest', true);
    await crowd.join('c', 'production', true);
    for (const entered of [['a'], ['a', 'c'], ['a', 'c', 'b']]) {
      await vi.advanceTimersByTimeAsync(29);
      expect(crowd.entered).toEqual(entered);
      await vi.advanceTimersByTimeAsync(1);
    }
  });
});
