/** The repositories there are: found once at the start, then kept in step with what is pushed and deleted. */
import { join } from 'node:path';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import type { DiskLayout } from './disk-layout.ts';
import { directoriesIn } from './durable-file.ts';
import { holdsManifest } from './manifest-store.ts';

export interface RepositoryList {
  /** Whether it holds a manifest, or ever held a blob. */
  has(repository: RepositoryName): boolean;
  /** Those that hold a manifest, sorted. */
  list(): readonly RepositoryName[];
  /** Those that hold a blob or held one once, in no order. */
  blobHolders(): readonly RepositoryName[];
  addBlobHolder(repository: RepositoryName): void;
  add(repository: RepositoryName): void;
  remove(repository: RepositoryName): void;
}

/** The list of what lies in the layout's directory of repositories. */
export async function openRepositoryList(layout: DiskLayout): Promise<RepositoryList> {
  const found = new Set<RepositoryName>();
  const blobHolders = new Set<RepositoryName>();
  for await (const { name, records, directory } of walk(layout.repositories, '')) {
    if (records.includes('_blobs')) blobHolders.add(name);
    if (records.includes('_manifests') && (await holdsManifest(join(directory, '_manifests')))) found.add(name);
  }
  let sorted: readonly RepositoryName[] | undefined;
  return {
    has: (repository) => found.has(repository) || blobHolders.has(repository),
    list() {
      sorted ??= [...found].sort();
      return sorted;
    },
    blobHolders: () => [...blobHolders],
    addBlobHolder: (repository) => void blobHolders.add(repository),
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

interface FoundRepository {
  readonly name: RepositoryName;
  readonly directory: string;
  /** Names of its directories of records. */
  readonly records: readonly string[];
}

/** Directories of records begin with an underscore, parts of repository names never do. */
async function* walk(directory: string, name: string): AsyncIterable<FoundRepository> {
  const entries = await directoriesIn(directory);
  if (isRepositoryName(name)) yield { name, directory, records: entries.filter((entry) => entry.startsWith('_')) };
  for (const entry of entries) {
    if (!entry.startsWith('_')) yield* walk(join(directory, entry), name === '' ? entry : `${name}/${entry}`);
  }
}
