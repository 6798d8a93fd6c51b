/** What a promotion and a rollback cost, in requests that the registry sees. Numbers are exact: a request more is a change to look at. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openScratchRedis, type ScratchRedis } from '../service/redis/scratch-redis.ts';
import { type CountedWorld, openCountedWorld, registryKinds } from './counted-world.ts';
import { forgetProofs } from './forget-proofs.ts';
import { measureChange } from './measured-change.ts';
import { blobMovingKinds, countKinds, kindOf } from './request-kind.ts';

/** What follows every move: the tag read back, the history looked at again, the receipt, and a look whether all is well. */
const afterMove = {
  'GET tags': 2,
  'HEAD blob': 1,
  'HEAD manifest': 2,
  'PUT manifest': 1,
};

describe.each(registryKinds)('on the %s registry', (kind) => {
  let redis: ScratchRedis;
  let world: CountedWorld;
  beforeAll(async () => {
    redis = await openScratchRedis();
    world = await openCountedWorld(kind, { apps: 2, redisUrl: redis.url });
    // Signing in happens once per process, on the first request of all.
    await world.promoted(await world.promote('app-001', '1.0.0'));
    await world.proxy.takeWhenQuiet();
  });
  afterAll(async () => {
    await world?.close();
    await redis?.close();
  });

  test('a first promotion mounts its four blobs, looks for signatures, proves all, and is visible after 20 or 21 requests', async () => {
    const change = await measureChange(world, 'app-000', () => world.promote('app-000', '1.0.0'));
    expect(countKinds(change.untilVisible)).toEqual({
      // Where the registry does not list referrers, the list that clients keep is looked for as well.
      'GET manifest': kind === 'embedded' ? 2 : 3,
      'GET referrers': 1,
      // One of them for the tags that cosign keeps.
      'GET tags': 2,
      'HEAD blob': 4,
      'HEAD manifest': 3,
      'POST mount': 4,
      'PUT manifest': 4,
    });
    // The first receipt of a repository brings the blob that all receipts have.
    expect(countKinds(change.after)).toEqual({ ...afterMove, 'POST blob': 1, 'PUT blob': 1 });
  });

  test('a promotion of the version that is current asks for two tags and changes nothing', async () => {
    const change = await measureChange(world, 'app-000', () => world.promote('app-000', '1.0.0'));
    expect(countKinds(change.untilVisible)).toEqual({ 'HEAD manifest': 2 });
  });

  test('a promotion of a version that was there before is visible after 6 requests and moves no blob', async () => {
    await measureChange(world, 'app-000', () => world.promote('app-000', '1.1.0'));
    const change = await measureChange(world, 'app-000', () => world.promote('app-000', '1.0.0'));
    expect(countKinds(change.untilVisible)).toEqual({
      'GET manifest': 1,
      'GET tags': 1,
      'HEAD manifest': 2,
      'PUT manifest': 2,
    });
    expect(countKinds(change.after)).toEqual(afterMove);
  });

  test('a rollback is visible after 5 requests and moves no blob', async () => {
    const change = await measureChange(world, 'app-000', () => world.rollback('app-000'));
    expect(countKinds(change.untilVisible)).toEqual({
      'GET manifest': 1,
      'GET tags': 1,
      'HEAD manifest': 1,
      'PUT manifest': 2,
    });
    expect(countKinds(change.after)).toEqual(afterMove);
    const moving = [...change.untilVisible, ...change.after].map(kindOf).filter((one) => blobMovingKinds.includes(one));
    expect(moving).toEqual([]);
  });

  test('a rollback long after the last proof makes the same 5 requests', async () => {
    await forgetProofs(redis.url);
    const change = await measureChange(world, 'app-000', () => world.rollback('app-000', '1.0.0'));
    expect(change.untilVisible).toHaveLength(5);
  });

  test('a promotion of an earlier version long after the last proof makes the same 6 requests', async () => {
    await measureChange(world, 'app-001', () => world.promote('app-001', '1.1.0'));
    await forgetProofs(redis.url);
    const change = await measureChange(world, 'app-001', () => world.promote('app-001', '1.0.0'));
    expect(countKinds(change.untilVisible)).toEqual({
      'GET manifest': 1,
      'GET tags': 1,
      'HEAD manifest': 2,
      'PUT manifest': 2,
    });
  });
});
