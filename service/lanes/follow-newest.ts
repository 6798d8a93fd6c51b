/** The first environment's own tag follows the newest release that was pushed: automation, which a hold stops. */
import type { AppConfig, EnvironmentConfig } from '../../core/config.ts';
import { locate } from '../../core/environment.ts';
import { discoverApps, listApps } from '../apps.ts';
import { readLaneState } from '../ledger/lane-state.ts';
import type { SubmitContext } from '../submit/context.ts';
import { newestVersion } from '../submit/resolve-release.ts';
import { submitPromotion } from '../submit/submit-promotion.ts';

/** Who promotes when a release was pushed. */
const automation = { name: 'automation', role: 'operator' } as const;

/** Looks for new apps and new releases, and requests the promotions that follow from them. */
export async function followNewest(context: SubmitContext, onTrouble: (error: unknown) => void): Promise<void> {
  await discoverApps(context.redis, context.config, context.registries);
  const apps = await listApps(context.redis, context.config);
  for (const environment of context.config.environments.filter((some) => some.follow === 'newest')) {
    for (const app of apps) await followOne(context, app, environment).catch(onTrouble);
  }
}

async function followOne(context: SubmitContext, app: AppConfig, environment: EnvironmentConfig): Promise<void> {
  const state = await readLaneState(context.redis, { app: app.name, environment: environment.name });
  if (state.hold !== undefined || state.waiting.length > 0) return;
  const newest = await newestVersion(context, locate(environment, app));
  if (newest === undefined || newest.text === state.ledger?.version) return;
  const request = { app: app.name, environment: environment.name, version: newest.text, reason: 'newest release' };
  await submitPromotion(context, request, { actor: automation, automatic: true, idempotencyKey: undefined });
}
