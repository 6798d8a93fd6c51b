/** Holding collection off: how long it lasts, what waits for what, and what a collection does meanwhile. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { collectionHoldSchema } from '../../../api/registry/collection-hold.ts';
import { holdMs, openCollectionHolds } from '../../../registry/archive/collection-holds.ts';
import { blobOf, jsonOf, openRegistryUnderTest, type RegistryUnderTest } from '../registry-under-test.ts';

const asked = { id: 'one', why: 'a backup', by: 'somebody' };

describe('a hold', () => {
  test('lasts until its time is over, and longer when it is renewed', async () => {
    let uptime = 0;
    const holds = openCollectionHolds(() => uptime);
    expect(await holds.hold(asked)).toEqual({ hold: { ...asked, lastsMs: holdMs }, renewed: false });
    uptime = holdMs - 1;
    expect(holds.list()).toEqual([{ ...asked, lastsMs: 1 }]);
    expect((await holds.hold(asked)).renewed).toBe(true);
    uptime = holdMs + 1;
    expect(holds.list()).toHaveLength(1);
    uptime = 2 * holdMs - 1;
    expect(holds.list()).toEqual([]);
    expect((await holds.hold(asked)).renewed).toBe(false);
  });

  test('ends when it is released, and others last', async () => {
    const holds = openCollectionHolds(() => 0);
    await holds.hold(asked);
    await holds.hold({ ...asked, id: 'two' });
    expect([holds.release('one'), holds.release('one')]).toEqual([true, false]);
    expect(holds.list().map(({ id }) => id)).toEqual(['two']);
  });

  test('lets nothing be removed, and waits for what is being removed when it begins', async () => {
    const holds = openCollectionHolds(() => 0);
    const removing = Promise.withResolvers<string>();
    const removed = holds.unlessHeld(() => removing.promise);
    let isHeld = false;
    const held = holds.hold(asked).then(() => {
      isHeld = true;
    });
    expect(await holds.unlessHeld(async () => 'removed too')).toBeUndefined();
    expect(isHeld).toBe(false);
    removing.resolve('removed');
    expect(await removed).toBe('removed');
    await held;
    holds.release('one');
    expect(await holds.unlessHeld(async () => 'removed later')).toBe('removed later');
  });
});

describe('over the wire', () => {
  let registry: RegistryUnderTest;
  let uptime = 0;

  beforeEach(async () => {
    uptime = 0;
    const collect = { everyMs: undefined, graceMs: 0, untaggedForMs: 0, previousDigests: 0 };
    registry = await openRegistryUnderTest({ settings: { collect }, uptime: () => uptime });
  });

  afterEach(() => registry.close());

  const path = '/admin/v1/collection-holds';
  const hold = (body: object, as: 'admin' | 'operator' = 'admin') =>
    registry.call({ method: 'POST', path, body: JSON.stringify(body), as });

  async function collect(): Promise<{ readonly counts: { readonly blobs: number } }> {
    const reply = await registry.call({ method: 'POST', path: '/admin/v1/collections' });
    return (jsonOf(reply) as { report: { counts: { blobs: number } } }).report;
  }

  test('an administrator begins one, sees it and ends it', async () => {
    const reply = await hold({ id: 'one', why: 'a backup' });
    expect(collectionHoldSchema.parse(jsonOf(reply))).toMatchObject({ id: 'one', server: { pid: process.pid } });
    const listed = jsonOf(await registry.call({ path })) as { holds: object[] };
    expect(listed.holds).toMatchObject([{ id: 'one', why: 'a backup', by: 'admin-token' }]);
    expect(jsonOf(await registry.call({ method: 'DELETE', path: `${path}/one` }))).toEqual({ ended: true });
    expect(jsonOf(await registry.call({ method: 'DELETE', path: `${path}/one` }))).toEqual({ ended: false });
  });

  test('nobody else begins one, and nonsense is refused', async () => {
    expect((await hold({ id: 'one', why: 'a backup' }, 'operator')).status).toBe(403);
    for (const body of [{}, { id: '../x', why: '' }, { id: 'one' }, { id: 'one', why: 'x'.repeat(201) }]) {
      expect((await hold(body)).codes).toEqual(['REQUEST_INVALID']);
    }
  });

  test('a collection takes nothing away until the hold has ended', async () => {
    await registry.push('team/web', blobOf('nobody needs it'));
    await hold({ id: 'one', why: 'a backup' });
    expect((await collect()).counts.blobs).toBe(0);
    uptime += holdMs;
    expect((await collect()).counts.blobs).toBe(1);
  });
});
