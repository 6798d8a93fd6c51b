/** A promotion or rollback, and every request that it made to the registry. */
import type { Submitted } from '../../api/promotion.ts';
import type { CountedWorld } from './counted-world.ts';
import type { SeenRequest } from './registry-proxy.ts';

export interface MeasuredChange {
  /** Up to and with the one that made the environment's tag visible; all of them where nothing was to be moved. */
  readonly untilVisible: readonly SeenRequest[];
  readonly after: readonly SeenRequest[];
}

/** Whether it is the write, answered with success, of the environment's tag of an app. */
export function isTagMove({ method, path, status }: SeenRequest, app: string): boolean {
  return method === 'PUT' && path === `/v2/staging/${app}/manifests/staging` && status === 201;
}

/** Submits the change, waits for its end and for silence, and answers what went through in between. */
export async function measureChange(
  world: CountedWorld,
  app: string,
  submit: () => Promise<Submitted>,
): Promise<MeasuredChange> {
  const submitted = await submit();
  if (submitted.promotion !== undefined) await world.promoted(submitted);
  const seen = await world.proxy.takeWhenQuiet();
  const moved = seen.findIndex((request) => isTagMove(request, app));
  const visible = moved < 0 ? seen.length : moved + 1;
  return { untilVisible: seen.slice(0, visible), after: seen.slice(visible) };
}
