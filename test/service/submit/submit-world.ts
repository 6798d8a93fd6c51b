/** The one door on a real Redis, over repositories in memory; lanes are drained when the test says so. */
import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { parseConfig } from '../../../api/config.ts';
import { findEnvironment, locate } from '../../../core/environment.ts';
import { openCopyMemory } from '../../../oci/copy/copy-memory.ts';
import type { Target } from '../../../oci/copy/target.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import { openMemoryStore } from '../../../oci/store/memory.ts';
import type { Bell } from '../../../service/lanes/bell.ts';
import { drain } from '../../../service/lanes/drain.ts';
import type { LaneParts } from '../../../service/lanes/lane-parts.ts';
import { openPromotions } from '../../../service/open-promotions.ts';
import type { Registries } from '../../../service/open-registries.ts';
import type { Promotions } from '../../../service/promotions.ts';
import type { SubmitContext, SubmitStepName } from '../../../service/submit/context.ts';
import { imageOf, layerOf, pushAll } from '../../oci/content.ts';
import { openScratchRedis } from '../redis/scratch-redis.ts';

const config = parseConfig(
  `
registries: { hub: { url: localhost:1 } }
apps: { web: { repository: acme/web }, api: { repository: acme/api } }
environments:
  dev: { registry: hub, repository: "{repository}" }
  staging: { registry: hub, repository: "staging/{app}", from: dev, goodAfter: 0s }
  production: { registry: hub, repository: "production/{app}", from: staging, goodAfter: 0s }
`,
  'world.yaml',
);

export interface SubmitWorld {
  /** Called at every step of a submission; a test may throw here, as a process that dies would answer nothing. */
  onStep: (step: SubmitStepName) => Promise<void>;
  readonly promotions: Promotions;
  readonly context: SubmitContext;
  readonly parts: LaneParts;
  repository(name: string): Target;
  /** Pushes a release of web to dev. */
  release(version: string): Promise<Digest>;
  /** Works through web's lane. */
  drain(environment: string): Promise<void>;
  close(): Promise<void>;
}

export async function openSubmitWorld(): Promise<SubmitWorld> {
  const server = await openScratchRedis();
  const redis = new Redis(server.url);
  const stores = new Map<string, Target>();
  const repository = (name: string): Target => {
    const store = stores.get(name) ?? openMemoryStore(name);
    stores.set(name, store);
    return store;
  };
  const registries: Registries = {
    client: () => {
      throw new Error('no registry is asked as a whole here');
    },
    repository: (location) => repository(location.repository),
    close: async () => {},
  };
  const newId = () => randomBytes(16).toString('hex');
  const context: SubmitContext = {
    redis,
    config,
    registries,
    bell: silentBell,
    now: Date.now,
    newId,
    onStep: (step) => world.onStep(step),
  };
  const parts: LaneParts = {
    redis,
    bell: silentBell,
    placeOf: async (lane) => {
      const environment = findEnvironment(config, lane.environment);
      const app = config.apps[lane.app];
      if (app === undefined) throw new Error(`no app ${lane.app}`);
      const target = registries.repository(locate(environment, app));
      return { environment, target, targetOfRollback: target };
    },
    sourceOf: (command) => registries.repository(command.source),
    copyMemory: openCopyMemory(Date.now),
    now: Date.now,
    newId,
    onStep: async () => {},
    onLaneEvent: () => {},
  };
  const world: SubmitWorld = {
    onStep: async () => {},
    promotions: openPromotions(context),
    context,
    parts,
    repository,
    release: (version) => pushRelease(repository('acme/web'), version),
    drain: (environment) => drain({ app: 'web', environment }, parts, new AbortController().signal),
    close: async () => {
      redis.disconnect();
      await server.close();
    },
  };
  return world;
}

const silentBell: Bell = {
  ring: async () => {},
  ringLater: async () => {},
  ringRollback: async () => {},
  close: async () => {},
};

async function pushRelease(target: Target, version: string): Promise<Digest> {
  const layer = layerOf(version);
  const { manifest, config: imageConfig } = imageOf(JSON.stringify({ version }), [layer.descriptor]);
  await pushAll(target, [layer, imageConfig]);
  await target.pushTag(parseTag(version), manifest);
  return manifest.descriptor.digest;
}
