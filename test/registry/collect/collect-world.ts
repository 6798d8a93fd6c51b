/** A storage on a directory of its own, a clock that is set by hand, and a collector over both. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type CollectSettings, defaultCollectSettings } from '../../../core/collect-settings.ts';
import type { RetentionSettings } from '../../../core/retention-settings.ts';
import type { Digest } from '../../../oci/spec/digest.ts';
import { isManifestType } from '../../../oci/spec/media-type.ts';
import { parseRepositoryName, type RepositoryName } from '../../../oci/spec/repository-name.ts';
import { parseTag } from '../../../oci/spec/tag.ts';
import type { Manner } from '../../../registry/collect/carry-out.ts';
import type { CollectionReport } from '../../../registry/collect/collection-report.ts';
import type { OnCollectionStep } from '../../../registry/collect/collection-store.ts';
import { type CollectionWish, type Collector, openCollector } from '../../../registry/collect/collector.ts';
import { type Leases, openLeases } from '../../../registry/collect/leases.ts';
import { openRetention } from '../../../registry/collect/retention.ts';
import { needsOf } from '../../../registry/content/manifest-needs.ts';
import { type KeyedLock, openKeyedLock } from '../../../registry/disk/keyed-lock.ts';
import { type DiskStorage, openDiskStorage } from '../../../registry/disk-storage.ts';
import type { RegistryEvent } from '../../../registry/registry-event.ts';
import type { ManifestPushOutcome, TagAuthor } from '../../../registry/storage.ts';
import type { Content } from '../../oci/content.ts';
import { temporaryDirectory } from '../registry-under-test.ts';

export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;

export const author: TagAuthor = {
  by: 'somebody',
  at: 0,
  how: 'push',
  judge: () => ({ allowed: true, overridden: [] }),
};

export interface CollectWorldInit {
  readonly directory?: string;
  readonly settings?: Partial<CollectSettings>;
  readonly locks?: KeyedLock;
  readonly leasesOf?: (uptime: () => number) => Leases;
  readonly onStep?: OnCollectionStep;
  readonly unlessHeld?: <Result>(removal: () => Promise<Result>) => Promise<Result | undefined>;
  readonly yieldTurn?: () => Promise<void>;
  /** None: every tag stays. */
  readonly retention?: RetentionSettings;
}

export interface CollectWorld {
  readonly directory: string;
  readonly storage: DiskStorage;
  readonly collector: Collector;
  readonly events: readonly RegistryEvent[];
  /** Lets this time go by. */
  pass(ms: number): void;
  /** Pushes blobs and manifests, in order. */
  push(repository: string, ...contents: readonly Content[]): Promise<void>;
  /** Pushes the manifest under the tags. */
  put(repository: string, manifest: Content, ...tags: readonly string[]): Promise<ManifestPushOutcome>;
  untag(repository: string, tag: string): Promise<void>;
  collect(wish?: Partial<CollectionWish>): Promise<CollectionReport>;
  /** Which of the contents can be read in the repository, without asking as a client would. */
  there(repository: string, ...contents: readonly Content[]): Promise<readonly boolean[]>;
  /** Closes it and opens it again, as one that knows only what lies on the disk. */
  restart(): Promise<void>;
  close(): Promise<void>;
}

/** The world; closing it removes its directory, unless one was given. */
export async function openCollectWorld(init: CollectWorldInit = {}): Promise<CollectWorld> {
  const directory = init.directory ?? (await temporaryDirectory());
  let nowMs = 0;
  const uptime = () => nowMs;
  const events: RegistryEvent[] = [];
  const onEvent = (event: RegistryEvent) => void events.push(event);
  const onStep = init.onStep ?? (async () => {});
  const manner: Manner = {
    yieldTurn: init.yieldTurn ?? (async () => {}),
    unlessHeld: init.unlessHeld ?? ((removal) => removal()),
  };
  let seed = 0;

  async function open() {
    const storage = await openDiskStorage({
      root: join(directory, 'registry'),
      onEvent,
      locks: init.locks ?? openKeyedLock(),
      leases: (init.leasesOf ?? ((clock) => openLeases({ uptime: clock })))(uptime),
      onCollectionStep: onStep,
    });
    const { yieldTurn, unlessHeld } = manner;
    const retention = openRetention({
      ...{ storage, settings: init.retention ?? { rules: [] }, yieldTurn, unlessHeld, now: uptime },
      tagRules: { tags: { writeOnce: 'off', exceptions: [] }, environments: [] },
      onRetired: () => {},
    });
    const collector = await openCollector({
      store: storage.collection,
      settings: { ...defaultCollectSettings, everyMs: undefined, ...init.settings },
      retention,
      onEvent,
      onStep,
      now: () => 0,
      uptime,
      ...manner,
      newSeed: () => {
        seed += 1;
        return seed;
      },
    });
    return { storage, collector };
  }

  let { storage, collector } = await open();

  async function closeParts(): Promise<void> {
    await collector.close();
    await storage.close();
  }

  async function put(repository: string, { descriptor, bytes }: Content, ...tags: readonly string[]) {
    const { digest, mediaType } = descriptor;
    const needs = needsOf({ digest, bytes }, mediaType);
    return storage.pushManifest(parseRepositoryName(repository), { ...needs, tags: tags.map(parseTag), author });
  }

  async function pushOne(repository: string, content: Content): Promise<void> {
    if (isManifestType(content.descriptor.mediaType)) {
      const outcome = await put(repository, content);
      if (outcome.kind !== 'pushed') throw new Error(`not pushed: ${JSON.stringify(outcome)}`);
      return;
    }
    const staging = await storage.openStaging();
    await staging.write([content.bytes], 'sha256');
    await staging.commit(parseRepositoryName(repository), content.descriptor.digest);
  }

  return {
    directory,
    get storage() {
      return storage;
    },
    get collector() {
      return collector;
    },
    events,
    pass(ms) {
      nowMs += ms;
    },
    async push(repository, ...contents) {
      for (const content of contents) await pushOne(repository, content);
    },
    put,
    async untag(repository, tag) {
      await storage.deleteTag(parseRepositoryName(repository), parseTag(tag), author);
    },
    collect: (wish = {}) => collector.begin({ dryRun: false, ...wish }).report,
    there: (repository, ...contents) =>
      Promise.all(contents.map((content) => isThere(storage, parseRepositoryName(repository), content.descriptor))),
    async restart() {
      await closeParts();
      ({ storage, collector } = await open());
    },
    async close() {
      await closeParts();
      if (init.directory === undefined) await rm(directory, { recursive: true });
    },
  };
}

async function isThere(
  { collection }: DiskStorage,
  repository: RepositoryName,
  { digest, mediaType }: { readonly digest: Digest; readonly mediaType: string },
): Promise<boolean> {
  if (isManifestType(mediaType)) return collection.hasManifest(repository, digest);
  for await (const linked of collection.listBlobs(repository)) {
    if (linked === digest) return (await collection.contentSizeBytes(digest)) !== undefined;
  }
  return false;
}
