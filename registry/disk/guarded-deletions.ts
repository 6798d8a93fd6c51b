/** Deleting content for clients, while nobody else writes to its repository: nothing can come to need it meanwhile. */
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { ContentGuard } from '../collect/content-guard.ts';
import type { Storage } from '../storage.ts';
import { removeBlob, removeManifest } from './deletions.ts';
import type { DiskLayout } from './disk-layout.ts';
import { fileSizeBytes } from './durable-file.ts';
import type { DiskRecords } from './manifest-writes.ts';
import type { PullCounts } from './pull-counts.ts';

export interface GuardedDeletionsInit {
  readonly layout: Pick<DiskLayout, 'blobLink' | 'manifest'>;
  readonly records: DiskRecords;
  readonly pulls: Pick<PullCounts, 'remove'>;
  readonly guard: Pick<ContentGuard, 'removing'>;
}

export type GuardedDeletions = Pick<Storage, 'deleteBlob' | 'deleteManifest'>;

/** The storage's side of deletions. */
export function openGuardedDeletions({ layout, records, pulls, guard }: GuardedDeletionsInit): GuardedDeletions {
  /** The first who asks reads every tag and manifest of the repository, which nobody else need wait for. */
  async function prepare(repository: RepositoryName): Promise<void> {
    await records.tags.byDigest(repository);
    await records.needs.prepare(repository);
  }

  const isFile = async (path: string) => (await fileSizeBytes(path)) !== undefined;

  return {
    async deleteBlob(repository, digest, author) {
      const isThere = () => isFile(layout.blobLink(repository, digest));
      if (!(await isThere())) return { kind: 'absent' };
      await prepare(repository);
      return guard.removing(repository, async () =>
        (await isThere()) ? removeBlob(records, repository, digest, author) : { kind: 'absent' },
      );
    },
    async deleteManifest(repository, digest, author) {
      if (!(await isFile(layout.manifest(repository, digest)))) return { kind: 'absent' };
      await prepare(repository);
      return guard.removing(repository, async () => {
        const outcome = await removeManifest(records, repository, digest, author);
        if (outcome.kind === 'deleted') await pulls.remove(repository, digest);
        return outcome;
      });
    },
  };
}
