/** The repositories that hold a manifest: found once at the start, then kept in step with what is pushed and deleted. */
import { join } from 'node:path';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import type { DiskLayout } from './disk-layout.ts';
import { namesIn } from './durable-file.ts';
import { holdsManifest } from './manifest-store.ts';

export interface RepositoryList {
  has(repository: RepositoryName): boolean;
  /** Sorted. */
  list(): readonly RepositoryName[];
  add(repository: RepositoryName): void;
  remove(repository: RepositoryName): void;
}

/** The list of what lies in the layout's directory of repositories. */
export async function openRepositoryList(layout: DiskLayout): Promise<RepositoryList> {
  const found = new Set<RepositoryName>();
  for await (const repository of walk(layout.repositories, '')) found.add(repository);
  let sorted: readonly RepositoryName[] | undefined;
  return {
    has: (repository) => found.has(repository),
    list() {
      sorted ??= [...found].sort();
      return sorted;
    },
    add(repository) {
      if (found.has(repository)) return;
      found.add(repository);
      sorted = undefined;
    },
    remove(repository) {
      if (found.delete(repository)) sorted = undefined;
    },
  };
}

/** Directories of records begin with an underscore, parts of repository names never do. */
async function* walk(directory: string, name: string): AsyncIterable<RepositoryName> {
  const entries = await namesIn(directory);
  if (
    isRepositoryName(name) &&
    entries.includes('_manifests') &&
    (await holdsManifest(join(directory, '_manifests')))
  ) {
    yield name;
  }
  for (const entry of entries) {
    if (!entry.startsWith('_')) yield* walk(join(directory, entry), name === '' ? entry : `${name}/${entry}`);
  }
}
