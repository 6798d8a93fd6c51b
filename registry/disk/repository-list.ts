/**
 * The repositories there are. The directories say so, and nothing else does: no index can be wrong after a crash. They are
 * walked when somebody first wants the whole list, not at the start, and what is pushed and deleted keeps it right from
 * then on.
 */
import { join } from 'node:path';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import type { DiskLayout } from './disk-layout.ts';
import { directoriesIn, isDirectory } from './durable-file.ts';
import { type FollowedNames, followedNames } from './followed-names.ts';
import { holdsManifest } from './manifest-store.ts';

export interface RepositoryList {
  /** Whether it holds a manifest, or ever held a blob. */
  has(repository: RepositoryName): Promise<boolean>;
  /** Those that hold a manifest, sorted. */
  list(): Promise<readonly RepositoryName[]>;
  /** Those that hold a blob or held one once, sorted. */
  blobHolders(): Promise<readonly RepositoryName[]>;
  addBlobHolder(repository: RepositoryName): void;
  add(repository: RepositoryName): void;
  remove(repository: RepositoryName): void;
}

/** Directories read at once on a walk: the disk's threads are there for others too. */
const walkersMax = 8;

/** Names of directories of records in a repository's own. */
const [manifestRecords, blobRecords] = ['_manifests', '_blobs'];

/** The list of what lies in the layout's directory of repositories. Nothing is read until somebody asks. */
export function openRepositoryList(layout: DiskLayout): RepositoryList {
  const manifestHolders: FollowedNames<RepositoryName> = followedNames();
  const blobHolders: FollowedNames<RepositoryName> = followedNames();
  let walk: Promise<void> | undefined;

  /** Both sets come from one walk. One that failed is begun anew by the next who asks. */
  function walked(): Promise<void> {
    walk ??= walkOnce().catch((error) => {
      walk = undefined;
      throw error;
    });
    return walk;
  }

  async function walkOnce(): Promise<void> {
    const found = { manifests: new Set<RepositoryName>(), blobs: new Set<RepositoryName>() };
    await walkRepositories(layout.repositories, async ({ name, records, directory }) => {
      if (records.includes(blobRecords)) found.blobs.add(name);
      const manifests = join(directory, manifestRecords);
      if (records.includes(manifestRecords) && (await holdsManifest(manifests))) found.manifests.add(name);
    });
    manifestHolders.begin(found.manifests);
    blobHolders.begin(found.blobs);
  }

  async function isOnDisk(repository: RepositoryName): Promise<boolean> {
    const directory = join(layout.repositories, repository);
    if (await isDirectory(join(directory, blobRecords))) return true;
    const manifests = join(directory, manifestRecords);
    return (await isDirectory(manifests)) && holdsManifest(manifests);
  }

  return {
    async has(repository) {
      const known = [manifestHolders.has(repository), blobHolders.has(repository)];
      if (known.includes(true)) return true;
      return known.includes(undefined) && (await isOnDisk(repository));
    },
    async list() {
      await walked();
      return manifestHolders.list();
    },
    async blobHolders() {
      await walked();
      return blobHolders.list();
    },
    addBlobHolder: (repository) => blobHolders.change(repository, true),
    add: (repository) => manifestHolders.change(repository, true),
    remove: (repository) => manifestHolders.change(repository, false),
  };
}

interface FoundRepository {
  readonly name: RepositoryName;
  readonly directory: string;
  /** Names of its directories of records. */
  readonly records: readonly string[];
}

interface Place {
  readonly directory: string;
  /** Empty for the directory of all repositories. */
  readonly name: string;
}

/** Directories of records begin with an underscore, parts of repository names never do. */
async function walkRepositories(root: string, onFound: (found: FoundRepository) => Promise<void>): Promise<void> {
  const places: Place[] = [{ directory: root, name: '' }];

  async function visit({ directory, name }: Place): Promise<void> {
    const entries = await directoriesIn(directory);
    for (const entry of entries) {
      if (entry.startsWith('_')) continue;
      places.push({ directory: join(directory, entry), name: name === '' ? entry : `${name}/${entry}` });
    }
    if (!isRepositoryName(name)) return;
    await onFound({ name, directory, records: entries.filter((entry) => entry.startsWith('_')) });
  }

  // In waves: what a wave finds is the next one's.
  while (places.length > 0) {
    const wave = places.splice(0);
    const walkers = Array.from({ length: Math.min(walkersMax, wave.length) }, async () => {
      for (let place = wave.pop(); place !== undefined; place = wave.pop()) await visit(place);
    });
    await Promise.all(walkers);
  }
}
