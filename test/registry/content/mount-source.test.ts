/** Looking for a blob to mount: only where the caller may read, and not for long. */
import { describe, expect, test } from 'vitest';
import type { Digest } from '../../../oci/spec/digest.ts';
import { parseRepositoryName, type RepositoryName } from '../../../oci/spec/repository-name.ts';
import { findMountSource, mountCandidatesMax } from '../../../registry/content/mount-source.ts';
import { blobOf } from '../registry-under-test.ts';

const { digest } = blobOf('wanted').descriptor;

interface Case {
  readonly repositories: readonly string[];
  /** Those that have the blob. */
  readonly holders: readonly string[];
  readonly mayRead?: (repository: RepositoryName) => boolean;
}

interface Found {
  readonly source: RepositoryName | undefined;
  /** Repositories that were asked for the blob, in order. */
  readonly asked: readonly RepositoryName[];
}

async function find({ repositories, holders, mayRead = () => true }: Case): Promise<Found> {
  const asked: RepositoryName[] = [];
  const storage = {
    listBlobRepositories: async () => repositories.map(parseRepositoryName).toSorted(),
    async blobSizeBytes(repository: RepositoryName, wanted: Digest) {
      asked.push(repository);
      return wanted === digest && holders.includes(repository) ? 6 : undefined;
    },
  };
  const source = await findMountSource(storage, { digest, target: parseRepositoryName('team/app/web'), mayRead });
  return { source, asked };
}

describe('a blob to mount', () => {
  test('is found in a repository that the caller may read', async () => {
    const found = await find({
      repositories: ['secret/one', 'open/one'],
      holders: ['secret/one', 'open/one'],
      mayRead: (repository) => repository.startsWith('open/'),
    });
    expect(found).toEqual({ source: 'open/one', asked: ['open/one'] });
  });

  test('that the caller may not read anywhere is not found, and nothing shows whether it is there', async () => {
    const repositories = ['secret/one', 'open/one', 'secret/two'];
    const mayRead = (repository: RepositoryName) => repository.startsWith('open/');
    const there = await find({ repositories, holders: ['secret/one', 'secret/two'], mayRead });
    const nowhere = await find({ repositories, holders: [], mayRead });
    expect(there).toEqual(nowhere);
    expect(there).toEqual({ source: undefined, asked: ['open/one'] });
  });

  test('is looked for in the nearest repositories first', async () => {
    const repositories = ['a', 'team', 'team/app', 'team/app/web', 'team/app/api', 'team/other/web', 'teams/app/web'];
    const { asked } = await find({ repositories, holders: [] });
    expect(asked).toEqual(['team/app/web', 'team/app', 'team/app/api', 'team', 'team/other/web', 'a', 'teams/app/web']);
  });

  test('is looked for in so many repositories and no more, however many there are', async () => {
    const repositories = Array.from({ length: 10 * mountCandidatesMax }, (_, at) => `r${at}`);
    const { source, asked } = await find({ repositories, holders: [repositories.toSorted().at(-1) ?? ''] });
    expect([source, asked.length]).toEqual([undefined, mountCandidatesMax]);
  });
});
