/** From the names in a request to the app and environment they mean. */
import { findEnvironment } from '../../core/environment.ts';
import { findApp } from '../apps.ts';
import type { Place, SubmitContext } from './context.ts';

/** @throws NotFoundError ENVIRONMENT_UNKNOWN, APP_UNKNOWN, each naming those there are. */
export async function findPlace(context: SubmitContext, app: string, environment: string): Promise<Place> {
  const found = findEnvironment(context.config, environment);
  return { environment: found, app: await findApp(context.redis, context.config, context.registries, app) };
}
