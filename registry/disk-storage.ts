/**
 * Storage on a disk of this machine.
 *
 * Locks: writers of a repository share its lock, and whoever removes content from it holds the lock alone, so that
 * content which a push has found cannot vanish before the push is done. A tag has a lock of its own below that.
 * Readers take none.
 */
import type { Descriptor } from '../oci/spec/descriptor.ts';
import type { Digest } from '../oci/spec/digest.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import { openBlobStore } from './disk/blob-store.ts';
import { readContentBytes } from './disk/content-size.ts';
import { type DataDirectory, openDataDirectory } from './disk/data-directory.ts';
import { readDiskHealth } from './disk/disk-health.ts';
import { DiskStaging } from './disk/disk-staging.ts';
import { type DurableDirectories, durableDirectories } from './disk/durable-file.ts';
import { openKeyedLock } from './disk/keyed-lock.ts';
import { openManifestStore } from './disk/manifest-store.ts';
import { type DiskRecords, removeManifest, removeTag, writeManifestPush } from './disk/manifest-writes.ts';
import { openPullCounts, type PullCounts } from './disk/pull-counts.ts';
import { openReferrerStore } from './disk/referrer-store.ts';
import { openRepositoryList } from './disk/repository-list.ts';
import { openTagFiles } from './disk/tag-files.ts';
import { openTagStore } from './disk/tag-store.ts';
import type { OnRegistryEvent } from './registry-event.ts';
import type { Storage } from './storage.ts';

/**
 * The storage in the directory, made when absent, for this process alone.
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER.
 */
export async function openDiskStorage(root: string, onEvent: OnRegistryEvent): Promise<Storage> {
  const directory = await openDataDirectory(root);
  try {
    const directories = durableDirectories(directory.layout.root);
    const records = await openRecords(directory, directories, onEvent);
    return diskStorage(directory, records, openPullCounts(directory, directories, onEvent));
  } catch (error) {
    await directory.close();
    throw error;
  }
}

async function openRecords(
  directory: DataDirectory,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
): Promise<DiskRecords> {
  return {
    blobs: openBlobStore(directory.layout, directories, onEvent),
    manifests: openManifestStore(directory, directories, onEvent),
    tags: openTagStore(openTagFiles(directory, directories, onEvent)),
    referrers: openReferrerStore(directory, directories, onEvent),
    repositories: await openRepositoryList(directory.layout),
  };
}

function diskStorage(directory: DataDirectory, records: DiskRecords, pulls: PullCounts): Storage {
  const { blobs, manifests, tags, referrers, repositories } = records;
  const locks = openKeyedLock();

  function linkBlob(repository: RepositoryName, digest: Digest, sizeBytes: number): Promise<void> {
    return locks.shared(repository, async () => {
      await blobs.link(repository, digest, sizeBytes);
      repositories.addBlobHolder(repository);
    });
  }

  /** Takes the keys in the order given, which is the same for everybody: sorted. */
  function withLocks<Result>(keys: readonly string[], work: () => Promise<Result>): Promise<Result> {
    const [first, ...rest] = keys;
    return first === undefined ? work() : locks.exclusive(first, () => withLocks(rest, work));
  }

  async function* listReferrers(repository: RepositoryName, subject: Digest, last?: Digest): AsyncIterable<Descriptor> {
    for await (const referrer of referrers.list(repository, subject, last)) {
      if ((await manifests.read(repository, referrer.digest)) !== undefined) yield referrer;
    }
  }

  return {
    listRepositories: async () => repositories.list(),
    listBlobRepositories: async () => repositories.blobHolders(),
    hasRepository: async (repository) => repositories.has(repository),
    blobSizeBytes: blobs.sizeBytes,
    openBlob: blobs.open,
    async mountBlob(digest, source, target) {
      const sizeBytes = await blobs.sizeBytes(source, digest);
      if (sizeBytes === undefined) return false;
      await linkBlob(target, digest, sizeBytes);
      return true;
    },
    deleteBlob: (repository, digest) => locks.exclusive(repository, () => blobs.unlink(repository, digest)),
    openStaging() {
      const path = directory.temporaryPath();
      return DiskStaging.create(path, async (repository, digest, sizeBytes) => {
        await blobs.adopt(path, digest);
        await linkBlob(repository, digest, sizeBytes);
      });
    },
    readManifest: manifests.read,
    pushManifest: (repository, push) =>
      locks.shared(repository, () => {
        const keys = [...new Set(push.tags)].sort().map((tag) => `${repository}:${tag}`);
        return withLocks(keys, () => writeManifestPush(records, repository, push));
      }),
    async deleteManifest(repository, digest, author) {
      // The first who asks reads every tag, which nobody else need wait for.
      await tags.tagsOf(repository, digest);
      return locks.exclusive(repository, async () => {
        const outcome = await removeManifest(records, repository, digest, author);
        if (outcome.kind === 'deleted') await pulls.remove(repository, digest);
        return outcome;
      });
    },
    listReferrers,
    readTag: tags.read,
    listTags: tags.list,
    deleteTag: (repository, tag, author) =>
      locks.shared(repository, () =>
        locks.exclusive(`${repository}:${tag}`, () => removeTag(records, repository, tag, author)),
      ),
    readTagStanding: async (repository, tag) => (await tags.open(repository, tag)).standing,
    readTagHistory: tags.history,
    recordPull: pulls.record,
    readPulls: pulls.list,
    readHealth: () => readDiskHealth(directory),
    readContentBytes: () => readContentBytes(directory.layout),
    async close() {
      await pulls.close();
      await directory.close();
    },
  };
}
