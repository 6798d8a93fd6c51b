/** From what the embedded registry tells to the lanes it is about: they are looked at now instead of a round later. */
import { embeddedRegistryName } from '../../api/config.ts';
import type { EventType } from '../../api/event.ts';
import type { RegistryFeedEvent } from '../../api/registry/registry-events.ts';
import type { AppConfig, EnvironmentConfig } from '../../core/config.ts';
import { locate } from '../../core/environment.ts';
import { formatLaneKey, type LaneKey } from '../../core/lane-key.ts';
import { isRepositoryName } from '../../oci/spec/repository-name.ts';
import { listApps, noticeRepository } from '../apps.ts';
import { appendEvent } from '../events/event-log.ts';
import { followNewestOf } from '../lanes/follow-newest.ts';
import type { LaneParts } from '../lanes/lane-parts.ts';
import { sweep } from '../lanes/sweep.ts';
import type { SubmitContext } from '../submit/context.ts';

/** Name of the token with which the service signs in to its registry: what it did itself it knows. */
const ownActor = 'service';

/** A round that looks closer only where the tag tells it to. */
const glance = 1;

interface LanePlaceKey {
  readonly app: AppConfig;
  readonly environment: EnvironmentConfig;
}

/** Looks into the lanes that the events of other hands are about, each once, and shows them in the service's own stream. */
export async function lookIntoEvents(
  context: SubmitContext,
  parts: LaneParts,
  events: readonly RegistryFeedEvent[],
  signal: AbortSignal,
): Promise<void> {
  const others = events.filter(({ actor, repository }) => actor !== ownActor && repository !== undefined);
  for (const repository of repositoriesIn(others)) await noticeRepository(context.redis, context.config, repository);
  const placesIn = await indexPlaces(context);
  for (const event of others) {
    for (const place of placesIn.get(event.repository ?? '') ?? []) await showEvent(context, place, event);
  }
  const places = repositoriesIn(others).flatMap((repository) => placesIn.get(repository) ?? []);
  const onTrouble = (error: unknown) => parts.onLaneEvent({ kind: 'trouble', error });
  for (const { app, environment } of places) {
    if (signal.aborted) return;
    if (environment.follow === 'newest') await followNewestOf(context, app, environment).catch(onTrouble);
  }
  await sweep(uniqueLanes(places), glance, parts, signal);
}

function repositoriesIn(events: readonly RegistryFeedEvent[]): readonly string[] {
  return [...new Set(events.flatMap(({ repository }) => repository ?? []))].filter(isRepositoryName);
}

/** Which lanes have their tags in which repository of the embedded registry. */
async function indexPlaces({
  redis,
  config,
}: Pick<SubmitContext, 'redis' | 'config'>): Promise<ReadonlyMap<string, readonly LanePlaceKey[]>> {
  const index = new Map<string, LanePlaceKey[]>();
  const apps = await listApps(redis, config);
  for (const environment of config.environments) {
    if (environment.locations[0].registry !== embeddedRegistryName) continue;
    for (const app of apps) {
      const { repository } = locate(environment, app);
      const places = index.get(repository) ?? [];
      index.set(repository, [...places, { app, environment }]);
    }
  }
  return index;
}

function uniqueLanes(places: readonly LanePlaceKey[]): readonly LaneKey[] {
  const lanes = places.map(({ app, environment }) => ({ app: app.name, environment: environment.name }));
  return [...new Map(lanes.map((lane) => [formatLaneKey(lane), lane])).values()];
}

async function showEvent(
  { redis, now }: SubmitContext,
  { app, environment }: LanePlaceKey,
  event: RegistryFeedEvent,
): Promise<void> {
  const type = shownAs(event);
  if (type === undefined) return;
  const { repository, digest, tags, tag, from, to, actor, reason } = event;
  const payload = {
    app: app.name,
    environment: environment.name,
    repository,
    digest,
    tags,
    tag,
    from,
    to,
    actor,
    reason,
  };
  await appendEvent(redis, type, payload, now());
}

/** As what it is shown; undefined where it would say nothing to anybody: a part of an image, or a tag's first digest. */
function shownAs({ kind, tags = [], from }: RegistryFeedEvent): EventType | undefined {
  if (kind === 'push') return tags.length === 0 ? undefined : 'registry.pushed';
  if (kind === 'tag') return from === undefined ? undefined : 'registry.moved';
  if (kind === 'delete') return 'registry.deleted';
  return kind === 'break-glass' ? 'registry.glass-broken' : undefined;
}
