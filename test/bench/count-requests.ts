/** What promotions and rollbacks ask of a registry, counted from outside. */
import { type CountedWorld, openCountedWorld, type RegistryKind } from '../e2e/counted-world.ts';
import { forgetProofs } from '../e2e/forget-proofs.ts';
import { type MeasuredChange, measureChange } from '../e2e/measured-change.ts';
import { blobMovingKinds, countKinds, kindOf } from '../e2e/request-kind.ts';
import { openScratchRedis } from '../service/redis/scratch-redis.ts';

/** One scenario's requests. */
export interface RequestCount {
  readonly scenario: string;
  /** Until the environment's tag is visible, and afterwards. */
  readonly untilVisible: number;
  readonly after: number;
  /** Of all of them, those that move or create a blob. */
  readonly movingBlobs: number;
  readonly kindsUntilVisible: Readonly<Record<string, number>>;
  readonly kindsAfter: Readonly<Record<string, number>>;
  /** Most that may come until the tag is visible, none of them moving a blob; undefined where content is copied or proved. */
  readonly promisedMax?: number;
}

/** Requests until the tag is visible where nothing is to be copied. */
export const promisedRequestsMax = 6;

const app = 'app-000';

/** Counts every scenario once: the numbers do not depend on time. */
export async function countRequests(kind: RegistryKind): Promise<readonly RequestCount[]> {
  const redis = await openScratchRedis();
  const world = await openCountedWorld(kind, { apps: 2, redisUrl: redis.url });
  try {
    // Signing in happens once per process, on the first request of all.
    await measureChange(world, 'app-001', () => world.promote('app-001', '1.0.0'));
    return await countScenarios(world, redis.url);
  } finally {
    await world.close();
    await redis.close();
  }
}

async function countScenarios(world: CountedWorld, redisUrl: string): Promise<readonly RequestCount[]> {
  const counts: RequestCount[] = [];
  const count = async (scenario: string, submit: Parameters<typeof measureChange>[2], promisedMax?: number) => {
    counts.push(requestCount(scenario, await measureChange(world, app, submit), promisedMax));
  };
  await count('first promotion', () => world.promote(app, '1.0.0'));
  await count('the same version, which is current', () => world.promote(app, '1.0.0'), promisedRequestsMax);
  await count('first promotion of another version', () => world.promote(app, '1.1.0'));
  await count('the first version again', () => world.promote(app, '1.0.0'), promisedRequestsMax);
  await forgetProofs(redisUrl);
  await count('another version again, last proof too old', () => world.promote(app, '1.1.0'), promisedRequestsMax);
  await count('rollback', () => world.rollback(app), promisedRequestsMax);
  await forgetProofs(redisUrl);
  await count('rollback, last proof too old', () => world.rollback(app, '1.1.0'), promisedRequestsMax);
  return counts;
}

function requestCount(
  scenario: string,
  { untilVisible, after }: MeasuredChange,
  promisedMax: number | undefined,
): RequestCount {
  return {
    scenario,
    untilVisible: untilVisible.length,
    after: after.length,
    movingBlobs: [...untilVisible, ...after].filter((request) => blobMovingKinds.includes(kindOf(request))).length,
    kindsUntilVisible: countKinds(untilVisible),
    kindsAfter: countKinds(after),
    ...(promisedMax === undefined ? {} : { promisedMax }),
  };
}
