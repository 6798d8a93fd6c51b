/** Where a blob can be mounted from when the client names no repository. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Storage } from '../storage.ts';

/**
 * Repositories looked into for one mount, each at the price of asking the disk for one name. A client that gets no
 * mount uploads the blob: with more repositories than this it may do so needlessly.
 */
export const mountCandidatesMax = 1_000;

export interface MountWish {
  readonly digest: Digest;
  readonly target: RepositoryName;
  /** Whether the caller may read the repository. */
  readonly mayRead: (repository: RepositoryName) => boolean;
}

/**
 * A repository that the caller may read and that has the blob, the nearest to the target by name first; undefined when
 * none of those looked into has it.
 *
 * No other repository is asked, nor the content all of them have in common: neither the answer nor the time it takes
 * depends on what the caller may not read. Spec: distribution-spec v1.1.1, "Mounting a blob from another repository".
 */
export async function findMountSource(
  storage: Pick<Storage, 'listBlobRepositories' | 'blobSizeBytes'>,
  { digest, target, mayRead }: MountWish,
): Promise<RepositoryName | undefined> {
  const readable = (await storage.listBlobRepositories()).filter(mayRead);
  for (const repository of nearestFirst(readable, target).slice(0, mountCandidatesMax)) {
    if ((await storage.blobSizeBytes(repository, digest)) !== undefined) return repository;
  }
  return undefined;
}

function nearestFirst(repositories: readonly RepositoryName[], target: RepositoryName): readonly RepositoryName[] {
  const parts = target.split('/');
  const nearness = new Map(repositories.map((repository) => [repository, leadingParts(repository, parts)]));
  return repositories.toSorted((one, other) => (nearness.get(other) ?? 0) - (nearness.get(one) ?? 0));
}

/** How many parts the name has in common with the other's, from the front. */
function leadingParts(repository: RepositoryName, parts: readonly string[]): number {
  const own = repository.split('/');
  const differing = own.findIndex((part, at) => part !== parts[at]);
  return differing < 0 ? own.length : differing;
}
