/** Blobs as clients read and write them, each under the lock that keeps the collector away. */
import { type ContentGuard, type ContentPlace, isPresent } from '../collect/content-guard.ts';
import type { Storage } from '../storage.ts';
import type { BlobStore } from './blob-store.ts';
import type { DataDirectory } from './data-directory.ts';
import { DiskStaging } from './disk-staging.ts';
import type { FileHashing } from './file-hashing.ts';
import type { RepositoryList } from './repository-list.ts';

export interface GuardedBlobsInit {
  readonly directory: Pick<DataDirectory, 'temporaryPath' | 'assertOurs'>;
  readonly blobs: BlobStore;
  readonly repositories: Pick<RepositoryList, 'addBlobHolder'>;
  readonly guard: ContentGuard;
  readonly hashing: FileHashing;
}

export type GuardedBlobs = Pick<Storage, 'blobSizeBytes' | 'openBlob' | 'mountBlob' | 'openStaging'>;

/** The storage's side of blobs. */
export function openGuardedBlobs({ directory, blobs, repositories, guard, hashing }: GuardedBlobsInit): GuardedBlobs {
  async function link({ repository, digest }: ContentPlace, sizeBytes: number): Promise<void> {
    await blobs.link(repository, digest, sizeBytes);
    repositories.addBlobHolder(repository);
  }

  return {
    blobSizeBytes: (repository, digest) =>
      guard.telling({ repository, digest }, () => blobs.sizeBytes(repository, digest), isPresent),
    openBlob: (repository, digest) =>
      guard.telling({ repository, digest }, () => blobs.open(repository, digest), isPresent),
    mountBlob(digest, source, target) {
      const place = { repository: target, digest };
      const mount = async () => {
        const sizeBytes = await blobs.sizeBytes(source, digest);
        if (sizeBytes === undefined) return false;
        await link(place, sizeBytes);
        return true;
      };
      return guard.linking(place, mount, (mounted) => mounted);
    },
    openStaging() {
      const path = directory.temporaryPath();
      return DiskStaging.create(path, hashing, (repository, digest, sizeBytes) => {
        const place = { repository, digest };
        const adopt = async () => {
          directory.assertOurs();
          await blobs.adopt(path, digest);
          await link(place, sizeBytes);
        };
        return guard.linking(place, adopt, () => true);
      });
    },
  };
}
