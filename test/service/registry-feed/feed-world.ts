/** The worker's follower over a real registry and a real Redis. Nobody sweeps: what is seen, the follower has seen. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { openRegistryAdmin, type RegistryAdmin } from '../../../api/client/registry-admin.ts';
import { defaultConfig } from '../../../api/config.ts';
import { findEnvironment, locate } from '../../../core/environment.ts';
import { formatLaneKey, type LaneKey } from '../../../core/lane-key.ts';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { findApp } from '../../../service/apps.ts';
import { eventStreamKey } from '../../../service/events/event-log.ts';
import type { Bell } from '../../../service/lanes/bell.ts';
import { drain } from '../../../service/lanes/drain.ts';
import type { LaneEvent, LaneParts } from '../../../service/lanes/lane-parts.ts';
import { type LaneState, readLaneState } from '../../../service/ledger/lane-state.ts';
import { openRegistries } from '../../../service/open-registries.ts';
import { openFeedTurn } from '../../../service/registry-feed/feed-turn.ts';
import { type FeedPauses, followRegistry } from '../../../service/registry-feed/follow-registry.ts';
import { lookIntoEvents } from '../../../service/registry-feed/look-into-events.ts';
import type { SubmitContext } from '../../../service/submit/context.ts';
import { type Content, contentOf, manifestOf } from '../../oci/content.ts';
import { openRegistryUnderTest, type RegistryUnderTest } from '../../registry/registry-under-test.ts';
import { openScratchRedis } from '../redis/scratch-redis.ts';

export interface FeedWorld {
  readonly registry: RegistryUnderTest;
  readonly redis: Redis;
  /** Names of the lanes that were rung for. */
  readonly rings: string[];
  readonly events: LaneEvent[];
  /** How often everything was looked at. */
  looks(): number;
  /** Requests that the follower sent. */
  requests(): number;
  /** What the follower's requests meet, such as a failure. Undefined: the registry itself. */
  meets: RegistryAdmin['request'] | undefined;
  /** Pushes an image of that content, tagged. */
  release(repository: string, tag: string, text: string): Promise<Content>;
  state(app: string, environment: string): Promise<LaneState>;
  /** Works through the lane as a worker would that was rung for. */
  drain(lane: LaneKey): Promise<void>;
  /** The service's own stream: types and payloads. */
  shown(): Promise<readonly { readonly type: string; readonly payload: Record<string, unknown> }[]>;
  /** Another follower, of another worker. */
  follow(): { close(): Promise<void> };
  close(): Promise<void>;
}

const pauses: FeedPauses = { waitMs: 30_000, busyMs: 5, hastyMs: 50, failureMs: 20, failureMaxMs: 100, turnMs: 20 };

/** Nobody follows yet. */
export async function openFeedWorld(): Promise<FeedWorld> {
  const [registry, server] = await Promise.all([openRegistryUnderTest(), openScratchRedis()]);
  const redis = new Redis(server.url);
  const config = defaultConfig(registry.url);
  const serviceToken = (await registry.access.createToken({ name: 'service', role: 'service' }, Date.now())).secret;
  const registries = await openRegistries(config, { environment: {}, proxy: {}, serviceToken });
  const admin = openRegistryAdmin({ url: registry.url, token: serviceToken, env: {} });
  const rings: string[] = [];
  const events: LaneEvent[] = [];
  const bell = recordingBell(rings);
  const newId = () => randomBytes(16).toString('hex');
  const context: SubmitContext = { redis, config, registries, bell, now: Date.now, newId, onStep: async () => {} };
  const parts: LaneParts = {
    ...{ redis, bell, now: Date.now, newId, onStep: async () => {} },
    placeOf: async (lane) => {
      const environment = findEnvironment(config, lane.environment);
      const target = registries.repository(locate(environment, await findApp(redis, config, registries, lane.app)));
      return { environment, target, targetOfRollback: target };
    },
    sourceOf: (command) => registries.repository(command.source),
    copyMemory: openCopyMemory(Date.now),
    onLaneEvent: (event) => events.push(event),
  };
  const followers: { close(): Promise<void> }[] = [];
  let looks = 0;
  let requests = 0;

  const world: FeedWorld = {
    ...{ registry, redis, rings, events, meets: undefined },
    looks: () => looks,
    requests: () => requests,
    async release(repository, tag, text) {
      const image = contentOf(mediaTypes.ociConfig, Buffer.from(JSON.stringify({ text })));
      const manifest = manifestOf(mediaTypes.ociManifest, { config: image.descriptor, layers: [] });
      await registry.push(repository, image, manifest);
      await registry.tag(repository, tag, manifest);
      return manifest;
    },
    state: (app, environment) => readLaneState(redis, { app, environment }),
    drain: (lane) => drain(lane, parts, new AbortController().signal),
    async shown() {
      const entries = await redis.xrange(eventStreamKey, '-', '+');
      return entries.map(([, fields]) => ({
        type: fields[fields.indexOf('type') + 1] ?? '',
        payload: JSON.parse(fields[fields.indexOf('json') + 1] ?? '{}') as Record<string, unknown>,
      }));
    },
    follow() {
      const closing = new AbortController();
      const following = followRegistry(
        {
          registry: {
            request: (asked) => {
              requests += 1;
              return (world.meets ?? admin.request)(asked);
            },
          },
          turn: openFeedTurn(redis, newId()),
          onEvents: (some, signal) => lookIntoEvents(context, parts, some, signal),
          onReset: async () => {
            looks += 1;
          },
          onTrouble: (error) => parts.onLaneEvent({ kind: 'trouble', error }),
          uptime: () => performance.now(),
          pauses,
        },
        closing.signal,
      );
      const follower = {
        close: async () => {
          closing.abort();
          await following;
        },
      };
      followers.push(follower);
      return follower;
    },
    async close() {
      await Promise.all(followers.map((follower) => follower.close()));
      await admin.close();
      await registries.close();
      redis.disconnect();
      await Promise.all([registry.close(), server.close()]);
    },
  };
  return world;
}

function recordingBell(rings: string[]): Bell {
  const ring = async (lane: LaneKey) => void rings.push(formatLaneKey(lane));
  return { ring, ringLater: ring, ringRollback: ring, close: async () => {} };
}
