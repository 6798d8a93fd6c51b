/** The data directory as the collector sees it: everything read strictly, each piece taken away whole, under its locks. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { CollectionStore, OnCollectionStep } from '../collect/collection-store.ts';
import type { ContentGuard } from '../collect/content-guard.ts';
import type { Leases } from '../collect/leases.ts';
import { openCollectionListings } from './collection-listings.ts';
import { openCollectionTimes } from './collection-times.ts';
import type { DataDirectory } from './data-directory.ts';
import { fileSizeBytes } from './durable-file.ts';
import type { DiskRecords } from './manifest-writes.ts';
import type { PullCounts } from './pull-counts.ts';
import type { Trash } from './trash.ts';

export interface CollectionRecordsInit {
  readonly directory: DataDirectory;
  readonly records: DiskRecords;
  readonly trash: Trash;
  readonly leases: Leases;
  readonly guard: ContentGuard;
  readonly pulls: Pick<PullCounts, 'remove'>;
  readonly onStep: OnCollectionStep;
}

/** The collector's side of the records. */
export function openCollectionRecords(init: CollectionRecordsInit): CollectionStore {
  const { directory, records, trash, leases, guard, pulls, onStep } = init;
  const { layout } = directory;
  const { blobs, manifests, tags, referrers, repositories } = records;

  /** First the entry, so that a crash leaves a manifest that is collected again, never an entry that nobody looks for. */
  async function removeManifest(repository: RepositoryName, digest: Digest, subject: Digest | undefined) {
    if (subject !== undefined) {
      await referrers.remove(repository, subject, digest);
      await onStep('referrer-entry-removed');
    }
    await manifests.remove(repository, digest);
    await onStep('manifest-removed');
    await pulls.remove(repository, digest);
    if (await manifests.isEmpty(repository)) repositories.remove(repository);
  }

  return {
    leases,
    guard,
    ...openCollectionListings(layout, tags),
    async readTagDigest(repository, tag) {
      return (await tags.read(repository, tag))?.digest;
    },
    async hasManifest(repository, digest) {
      return (await fileSizeBytes(layout.manifest(repository, digest))) !== undefined;
    },
    contentSizeBytes: (digest) => fileSizeBytes(layout.contentOf(digest)),
    listTrash: trash.list,
    ...openCollectionTimes(directory, trash, onStep),
    async collectManifest(place, subject, terms) {
      const { repository, digest } = place;
      const collected = await guard.collectingManifest(place, terms, async () => {
        if ((await fileSizeBytes(layout.manifest(repository, digest))) === undefined) return false;
        await onStep('rechecked', place);
        await removeManifest(repository, digest, subject);
        return true;
      });
      return collected === true;
    },
    async collectBlob(place, terms) {
      const { repository, digest } = place;
      const collected = await guard.collectingBlob(place, terms, async () => {
        await onStep('rechecked', place);
        const removed = await blobs.unlink(repository, digest);
        await onStep('blob-removed');
        return removed;
      });
      return collected === true;
    },
    collectReferrerEntry: (repository, { subject, referrer }) =>
      guard.removing(repository, async () => {
        if ((await fileSizeBytes(layout.manifest(repository, referrer))) !== undefined) return false;
        await referrers.remove(repository, subject, referrer);
        return true;
      }),
    async trashContent(digest, mark, atMs) {
      const trashed = await guard.collectingContent(digest, mark, async () => {
        await onStep('rechecked', { digest });
        const put = await trash.put(digest, atMs);
        await onStep('content-trashed');
        return put;
      });
      return trashed === true;
    },
    restoreContent: ({ digest }) =>
      guard.bringingBack(digest, async () => {
        await trash.restore(digest);
      }),
    async emptyTrash(trashed) {
      const removed = await trash.remove(trashed);
      await onStep('trash-emptied');
      return removed;
    },
  };
}
