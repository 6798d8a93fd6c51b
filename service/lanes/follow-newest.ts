/** The first environment's own tag follows the newest release that was pushed: automation, which a hold stops. */
import type { AppConfig, EnvironmentConfig } from '../../core/config.ts';
import { locate } from '../../core/environment.ts';
import { discoverApps, listApps } from '../apps.ts';
import { lanePrefix } from '../ledger/lane-keys.ts';
import { type LaneState, readLaneState } from '../ledger/lane-state.ts';
import type { SubmitContext } from '../submit/context.ts';
import { newestVersion } from '../submit/resolve-release.ts';
import { submitPromotion } from '../submit/submit-promotion.ts';

/** Who promotes when a release was pushed. */
const automation = { name: 'automation', role: 'operator' } as const;

/** How long one may be at a request before another one may begin: it asks a registry. */
const followingMs = 30_000;

/** Looks for new apps and new releases, and requests the promotions that follow from them. */
export async function followNewest(context: SubmitContext, onTrouble: (error: unknown) => void): Promise<void> {
  await discoverApps(context.redis, context.config, context.registries);
  const apps = await listApps(context.redis, context.config);
  for (const environment of context.config.environments.filter((some) => some.follow === 'newest')) {
    for (const app of apps) await followNewestOf(context, app, environment).catch(onTrouble);
  }
}

/** Looks for a newer release of one app, and requests its promotion. One at a time does, of all workers. */
export async function followNewestOf(
  context: SubmitContext,
  app: AppConfig,
  environment: EnvironmentConfig,
): Promise<void> {
  const { redis } = context;
  const lane = { app: app.name, environment: environment.name };
  const before = await readLaneState(redis, lane);
  if (!mayFollow(before)) return;
  const version = (await newestVersion(context, locate(environment, app)))?.text;
  if (version === undefined || version === before.ledger?.version) return;
  const key = `${lanePrefix(lane)}:following`;
  if ((await redis.set(key, '1', 'PX', followingMs, 'NX')) !== 'OK') return;
  try {
    // Again: whoever was at it until now may have requested it.
    const state = await readLaneState(redis, lane);
    if (!mayFollow(state) || state.ledger?.version === version) return;
    const request = { ...lane, version, reason: 'newest release' };
    await submitPromotion(context, request, { actor: automation, automatic: true, idempotencyKey: undefined });
  } finally {
    await redis.del(key);
  }
}

/** Whether nothing waits, and nobody holds the lane. */
function mayFollow({ hold, waiting }: LaneState): boolean {
  return hold === undefined && waiting.length === 0;
}
