/**
 * Storage on a disk of this machine.
 *
 * Locks: writers of a repository share its lock, and whoever removes content from it for a client holds the lock alone,
 * so that content which a push has found cannot vanish before the push is done. Content has a lock of its own below
 * that, which whoever speaks of it shares and the collector holds alone for one piece at a time; tags have theirs.
 */
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import type { ScrubStore } from './archive/scrub-store.ts';
import type { CollectionStore, OnCollectionStep } from './collect/collection-store.ts';
import { type ContentGuard, isPresent, leaseKey, openContentGuard } from './collect/content-guard.ts';
import type { Leases } from './collect/leases.ts';
import { needsOf } from './content/manifest-needs.ts';
import { openBlobStore } from './disk/blob-store.ts';
import { openCollectionRecords } from './disk/collection-records.ts';
import { readContentBytes } from './disk/content-size.ts';
import { type DataDirectory, openDataDirectory, type UnownedDirectory } from './disk/data-directory.ts';
import { removeTag } from './disk/deletions.ts';
import { readDiskHealth } from './disk/disk-health.ts';
import { diskLayout } from './disk/disk-layout.ts';
import { type DurableDirectories, durableDirectories } from './disk/durable-file.ts';
import { openFileHashing } from './disk/file-hashing.ts';
import { openGuardedBlobs } from './disk/guarded-blobs.ts';
import { openGuardedDeletions } from './disk/guarded-deletions.ts';
import { heedLock } from './disk/heed-lock.ts';
import { heedQuarantine } from './disk/heed-quarantine.ts';
import type { KeyedLock } from './disk/keyed-lock.ts';
import { listManifests } from './disk/listed-manifests.ts';
import { openManifestStore } from './disk/manifest-store.ts';
import { type DiskRecords, writeManifestPush } from './disk/manifest-writes.ts';
import { openNeedingManifests } from './disk/needing-manifests.ts';
import { openPullCounts, type PullCounts } from './disk/pull-counts.ts';
import { openQuarantine } from './disk/quarantine.ts';
import { openReferrerStore } from './disk/referrer-store.ts';
import { openRepositoryList } from './disk/repository-list.ts';
import { openScrubRecords } from './disk/scrub-records.ts';
import { openTagFiles } from './disk/tag-files.ts';
import { openTagStore } from './disk/tag-store.ts';
import { toldManifests } from './disk/told-manifests.ts';
import { openTrash, type Trash } from './disk/trash.ts';
import type { OnRegistryEvent } from './registry-event.ts';
import type { ChangedTag, Storage } from './storage.ts';

export interface DiskStorageInit {
  readonly root: string;
  readonly onEvent: OnRegistryEvent;
  readonly locks: KeyedLock;
  readonly leases: Leases;
  readonly onCollectionStep: OnCollectionStep;
  /** Whether to read from a directory that is there though its disk takes no writes, and to write as soon as it does. */
  readonly servesUnowned?: boolean;
}

export interface DiskStorage extends Storage {
  readonly collection: CollectionStore;
  readonly scrubbing: ScrubStore;
  /** Resolves when the directory is ours; rejects with what is in the way. */
  readonly own: DataDirectory['own'];
}

/**
 * The storage in the directory, made when absent, for this process alone.
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER.
 */
export async function openDiskStorage(init: DiskStorageInit): Promise<DiskStorage> {
  const { onEvent } = init;
  const directory = await openDataDirectory(init.root, {
    onAwaited: (awaited) => onEvent({ kind: 'lock-awaited', awaited }),
    onLost: () => onEvent({ kind: 'lock-lost', path: diskLayout(init.root).lock }),
    ...(init.servesUnowned ? { unowned: unownedDirectory(init) } : {}),
  });
  const { own } = directory;
  try {
    const directories = durableDirectories(directory.layout.root);
    const trash = openTrash(directory.layout, own);
    const records = await openRecords(directory, directories, trash, onEvent);
    const pulls = openPullCounts(directory, directories, onEvent);
    const guard = openContentGuard(init.locks, init.leases);
    const { leases, onCollectionStep: onStep } = init;
    const collection = openCollectionRecords({ directory, records, trash, leases, guard, pulls, onStep });
    const quarantine = openQuarantine(directory.layout, directories);
    const storage = heedLock(directory, {
      ...diskStorage({ directory, records, pulls, guard, ...init }),
      collection: heedQuarantine(collection, quarantine, directory.layout),
      scrubbing: openScrubRecords({ directory, records, quarantine, guard }),
    });
    return { ...storage, own };
  } catch (error) {
    await directory.close();
    throw error;
  }
}

function unownedDirectory({ root: path, onEvent }: DiskStorageInit): UnownedDirectory {
  return {
    onWaiting: (error) => onEvent({ kind: 'disk-unwritable', path, error }),
    onTaken: () => onEvent({ kind: 'disk-writable', path }),
    onRefused: (error) => onEvent({ kind: 'directory-refused', error }),
  };
}

async function openRecords(
  directory: DataDirectory,
  directories: DurableDirectories,
  trash: Trash,
  onEvent: OnRegistryEvent,
): Promise<DiskRecords> {
  const tags = openTagStore(openTagFiles(directory, directories, onEvent));
  const needs = openNeedingManifests({
    list: (repository) =>
      listManifests(directory.layout, repository, async () => (await tags.byDigest(repository)).tags.keys()),
  });
  return {
    blobs: openBlobStore(directory.layout, directories, trash, onEvent),
    manifests: toldManifests(openManifestStore(directory, directories, onEvent), needs),
    ...{ needs, tags },
    referrers: openReferrerStore(directory, directories, onEvent),
    repositories: openRepositoryList(directory.layout),
  };
}

interface DiskStorageParts extends Pick<DiskStorageInit, 'locks' | 'leases'> {
  readonly directory: DataDirectory;
  readonly records: DiskRecords;
  readonly pulls: PullCounts;
  readonly guard: ContentGuard;
}

function diskStorage({ directory, records, pulls, guard, locks, leases }: DiskStorageParts): Storage {
  const { blobs, manifests, tags, referrers, repositories } = records;
  const hashing = openFileHashing();

  /** What a tag no longer names was untagged just now. */
  function leaseUntagged(repository: RepositoryName, changed: readonly ChangedTag[]): void {
    for (const { move } of changed) {
      if (move.from !== undefined) leases.touch(leaseKey({ repository, digest: move.from }));
    }
  }

  /** Takes the keys in the order given, which is the same for everybody: sorted. */
  function withLocks<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const [first, ...rest] = keys;
    return first === undefined ? work() : locks.exclusive(first, () => withLocks(rest, work));
  }

  async function* listReferrers(repository: RepositoryName, subject: Digest, last?: Digest): AsyncIterable<Descriptor> {
    yield* referrers.list({
      ...{ repository, subject, last },
      isThere: (digest) => guard.telling({ repository, digest }, () => manifests.has(repository, digest), Boolean),
      async describe(digest) {
        const manifest = await manifests.read(repository, digest);
        return manifest && needsOf(manifest, manifest.mediaType).referrer;
      },
    });
  }

  return {
    listRepositories: repositories.list,
    listBlobRepositories: repositories.blobHolders,
    hasRepository: repositories.has,
    ...openGuardedBlobs({ directory, blobs, repositories, guard, hashing }),
    readManifest: (repository, digest) =>
      guard.telling({ repository, digest }, () => manifests.read(repository, digest), isPresent),
    pushManifest: (repository, push) =>
      guard.naming(
        repository,
        [push.manifest, ...push.blobs, ...push.manifests].map(({ digest }) => digest),
        async () => {
          const keys = [...new Set(push.tags)].sort().map((tag) => `${repository}:${tag}`);
          const outcome = await withLocks(keys, () => writeManifestPush(records, repository, push));
          if (outcome.kind === 'pushed') leaseUntagged(repository, outcome.changed);
          return outcome;
        },
        ({ kind }) => kind === 'pushed',
      ),
    ...openGuardedDeletions({ layout: directory.layout, records, pulls, guard }),
    listReferrers,
    readTag: tags.read,
    listTags: tags.list,
    deleteTag: (repository, tag, author) =>
      locks.shared(repository, async () => {
        const outcome = await locks.exclusive(`${repository}:${tag}`, () =>
          removeTag(records, repository, tag, author),
        );
        if (outcome.kind === 'deleted') leaseUntagged(repository, outcome.changed);
        return outcome;
      }),
    readTagStanding: async (repository, tag) => (await tags.open(repository, tag)).standing,
    readTagHistory: tags.history,
    recordPull: pulls.record,
    readPulls: pulls.list,
    readHealth: () => readDiskHealth(directory),
    readContentBytes: () => readContentBytes(directory.layout),
    async close() {
      await hashing.close();
      await pulls.close();
      await directory.close();
    },
  };
}
