/** A lane on a real Redis, with repositories in memory whose tag writes a test can hold back, lose or refuse. */

import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import type { DriftPolicy } from '../../../core/config.ts';
import { readHistory } from '../../../core/history.ts';
import type { LaneKey } from '../../../core/lane-key.ts';
import { TransportError } from '../../../errors/errors.ts';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import type { FetchedManifest, PushTagOptions, Target } from '../../../oci/copy/target.ts';
import { digestOf } from '../../../oci/hash.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import type { Bell } from '../../../service/lanes/bell.ts';
import { drain } from '../../../service/lanes/drain.ts';
import type { LaneEvent, LaneParts, LaneStepName } from '../../../service/lanes/lane-parts.ts';
import { type NewCommand, pushPromotion, pushRollback, type RequestRecord } from '../../../service/ledger/accept.ts';
import { readLaneState } from '../../../service/ledger/lane-state.ts';
import { readPromotion } from '../../../service/ledger/promotion-record.ts';
import { readRecords } from '../../../service/ledger/records.ts';
import { openScratchRedis } from '../redis/scratch-redis.ts';

/** What happens to the next tag writes of the environment tag, first come first served. */
export type TagFate =
  | { readonly kind: 'land' }
  /** The write lands, its answer is lost. */
  | { readonly kind: 'land-unanswered' }
  /** The answer is a time-out; the write lands when `land` is called. */
  | { readonly kind: 'late'; land?: () => Promise<void> };

export type RedisSnapshot = readonly { readonly key: string; readonly bytes: Buffer }[];

export interface LaneWorld {
  readonly redis: Redis;
  readonly lane: LaneKey;
  readonly source: Target;
  readonly target: Target;
  /** The target without the wrapper: other hands. */
  readonly bare: Target;
  readonly rings: string[];
  readonly events: LaneEvent[];
  readonly steps: LaneStepName[];
  readonly fates: TagFate[];
  /** Tags that were written by requests that wait for no others. */
  readonly urgentTags: string[];
  readonly parts: LaneParts;
  /** Called at every step; a test may throw here, or wait. */
  onStep: (step: LaneStepName) => Promise<void>;
  drift: DriftPolicy;
  clockMs: number;
  release(version: string, body: string): Promise<Digest>;
  promotion(version: string, digest: Digest): Promise<string>;
  rollback(digest: Digest, options?: { isDefaultTarget?: boolean; expectedCurrent?: Digest }): Promise<string>;
  drain(signal?: AbortSignal): Promise<void>;
  tag(): Promise<Digest | undefined>;
  history(): Promise<readonly string[]>;
  ledger(): Promise<Digest | undefined>;
  state(id: string): Promise<string | undefined>;
  records(): Promise<readonly string[]>;
  /** All that Redis holds now, to be given to `failover` later. */
  snapshot(): Promise<RedisSnapshot>;
  /** Puts another Redis in place, with another run id, that holds the snapshot: a stale replica. */
  failover(held: RedisSnapshot): Promise<void>;
  close(): Promise<void>;
}

/** `fences: false` makes the target a foreign registry, which takes whatever write comes. */
export async function openLaneWorld(options: { readonly fences?: boolean } = {}): Promise<LaneWorld> {
  let server = await openScratchRedis();
  const redis = new Redis(server.url);
  const lane = { app: 'web', environment: 'staging' };
  const source = openMemoryStore('dev/web');
  const bare = openMemoryStore('staging/web');
  const rings: string[] = [];
  const events: LaneEvent[] = [];
  const steps: LaneStepName[] = [];
  const fates: TagFate[] = [];
  const urgentTags: string[] = [];
  const target = withFates(bare, parseTag(lane.environment), fates, options.fences ?? true);
  const world: LaneWorld = {
    redis,
    lane,
    source,
    target,
    bare,
    rings,
    events,
    steps,
    fates,
    urgentTags,
    onStep: async () => {},
    drift: 'report',
    clockMs: Date.parse('2026-11-23T12:00:00Z'),
    parts: {
      redis,
      bell: recordingBell(rings),
      placeOf: async () => ({
        environment: { ...environmentNamed(lane.environment), drift: world.drift },
        target,
        targetOfRollback: {
          ...target,
          pushTag: async (tag, ...terms) => {
            urgentTags.push(tag);
            await target.pushTag(tag, ...terms);
          },
        },
      }),
      sourceOf: (command) => (command.kind === 'promotion' ? source : target),
      copyMemory: openCopyMemory(Date.now),
      now: () => world.clockMs,
      newId: () => randomBytes(16).toString('hex'),
      onStep: async (step) => {
        steps.push(step);
        await world.onStep(step);
      },
      onLaneEvent: (event) => events.push(event),
    },
    release: (version, body) => pushImage(source, version, body),
    promotion: async (version, digest) =>
      (await pushPromotion(redis, lane, command('promotion', version, digest), newRequest())).id,
    rollback: async (digest, options = {}) => {
      const terms = {
        isDefaultTarget: options.isDefaultTarget ?? false,
        expectedCurrent: options.expectedCurrent,
        random: randomBytes(16).toString('hex'),
      };
      const asked = command('rollback', undefined, digest);
      return (await pushRollback(redis, lane, asked, terms, newRequest())).id;
    },
    drain: (signal = new AbortController().signal) => drain(lane, world.parts, signal),
    tag: async () => (await bare.resolve(parseTag(lane.environment)))?.digest,
    history: async () =>
      readHistory(lane.environment, await Array.fromAsync(bare.listTags())).map((entry) => entry.tag),
    ledger: async () => (await readLaneState(redis, lane)).ledger?.digest,
    state: async (id) => (await readPromotion(redis, lane, id))?.state,
    records: async () => (await readRecords(redis, lane)).map((record) => `r${record.number} ${record.kind}`),
    snapshot: async () => {
      const keys = await redis.keys('ra:*');
      return Promise.all(keys.map(async (key) => ({ key, bytes: (await redis.dumpBuffer(key)) as Buffer })));
    },
    failover: async (held) => {
      const next = await openScratchRedis();
      redis.options.port = next.port;
      const ready = new Promise((resolve) => redis.once('ready', resolve));
      redis.disconnect(true);
      await ready;
      await server.close();
      server = next;
      for (const { key, bytes } of held) await redis.restore(key, 0, bytes);
    },
    close: async () => {
      redis.disconnect();
      await server.close();
    },
  };
  return world;
}

function environmentNamed(name: string) {
  const location = { registry: 'memory', repositoryTemplate: '{app}' };
  return { name, from: 'dev', tier: 'development', locations: [location], goodAfterMs: 0, follow: 'never' } as const;
}

/** A request that nobody repeats. */
function newRequest(): RequestRecord {
  return { key: randomBytes(8).toString('hex'), mark: '', plan: '{}' };
}

function command(kind: 'promotion' | 'rollback', version: string | undefined, digest: Digest): NewCommand {
  return {
    id: `p-${randomBytes(8).toString('hex')}`,
    kind,
    digest,
    version,
    source: { registry: 'memory', repository: parseRepositoryName('dev/web') },
    planId: 'sha256:plan',
    actor: 'tester',
    automatic: false,
    reason: 'because',
    requestedAt: '2026-11-23T12:00:00.000Z',
  };
}

function recordingBell(rings: string[]): Bell {
  return {
    ring: async () => void rings.push('drain'),
    ringLater: async (_lane, delayMs) => void rings.push(`later ${delayMs}`),
    ringRollback: async () => void rings.push('rollback'),
    close: async () => {},
  };
}

/** A target whose writes of one tag meet their fates. */
function withFates(bare: Target, tag: string, fates: TagFate[], fences: boolean): Target {
  const pushTag = async (written: ReturnType<typeof parseTag>, manifest: FetchedManifest, options?: PushTagOptions) => {
    const fate = written === tag ? (fates.shift() ?? { kind: 'land' as const }) : { kind: 'land' as const };
    const { fence, signal } = options ?? {};
    const sent = { ...(fences && fence !== undefined ? { fence } : {}), ...(signal === undefined ? {} : { signal }) };
    const land = () => bare.pushTag(written, manifest, sent);
    if (fate.kind === 'late') fate.land = land;
    else await land();
    if (fate.kind === 'land') return;
    throw new TransportError({ code: 'REGISTRY_UNREACHABLE', message: 'no answer in time' });
  };
  return { ...bare, pushTag };
}

/** A small image: one layer and a configuration, under its exact version. */
async function pushImage(target: Target, version: string, body: string): Promise<Digest> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const pushBlob = async (bytes: Uint8Array, mediaType: string) => {
    const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await target.pushBlob(descriptor, async () => streamOf(bytes));
    return descriptor;
  };
  const config = await pushBlob(encode(JSON.stringify({ architecture: 'amd64', os: 'linux' })), mediaTypes.ociConfig);
  const layers = [await pushBlob(encode(body), mediaTypes.ociLayer)];
  const bytes = encode(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers }));
  const descriptor = { mediaType: mediaTypes.ociManifest, digest: digestOf(bytes), size: bytes.length };
  await target.pushManifest({ bytes, descriptor });
  await target.pushTag(parseTag(version), { bytes, descriptor });
  return descriptor.digest;
}

async function* streamOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
