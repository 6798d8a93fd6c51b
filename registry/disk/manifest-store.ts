/** Manifests on disk, per repository, the recently used ones in memory. */
import { dirname, join } from 'node:path';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { StoredManifest } from '../storage.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  type DurableDirectories,
  fileSizeBytes,
  hasNames,
  namesIn,
  readFileIfPresent,
  removeDurably,
  syncDirectory,
  writeFileDurably,
} from './durable-file.ts';
import { formatManifestFile, parseManifestFile } from './manifest-file.ts';
import { readThroughCache } from './read-through-cache.ts';

export interface ManifestStore {
  read(repository: RepositoryName, digest: Digest): Promise<StoredManifest | undefined>;
  /** Whether it is there, whatever its bytes are. Reads none of them. */
  has(repository: RepositoryName, digest: Digest): Promise<boolean>;
  write(repository: RepositoryName, manifest: StoredManifest): Promise<void>;
  /** Makes durable what a write that was broken off, or is under way, may have put there. */
  flush(repository: RepositoryName, digest: Digest): Promise<void>;
  remove(repository: RepositoryName, digest: Digest): Promise<void>;
  isEmpty(repository: RepositoryName): Promise<boolean>;
}

/** Manifests kept in memory weigh at most this together: some ten thousand ordinary ones. */
const rememberedManifestBytesMax = 64 * 1024 * 1024;

/** The manifests below the directory's repositories. */
export function openManifestStore(
  { layout, temporaryPath }: DataDirectory,
  directories: DurableDirectories,
  onEvent: OnRegistryEvent,
): ManifestStore {
  const manifests = readThroughCache<StoredManifest>({
    weightMax: rememberedManifestBytesMax,
    weigh: (manifest) => manifest.bytes.length,
  });

  async function load(repository: RepositoryName, digest: Digest): Promise<StoredManifest | undefined> {
    const path = layout.manifest(repository, digest);
    const content = await readFileIfPresent(path);
    if (content === undefined) return undefined;
    const manifest = parseManifestFile(content, digest);
    if (manifest === undefined)
      onEvent({ kind: 'record-unreadable', path, why: 'the bytes are not those of the digest' });
    return manifest;
  }

  return {
    read: (repository, digest) => manifests.read(`${repository}@${digest}`, () => load(repository, digest)),
    has: async (repository, digest) => (await fileSizeBytes(layout.manifest(repository, digest))) !== undefined,
    async write(repository, manifest) {
      const path = layout.manifest(repository, manifest.digest);
      await directories.ensure(dirname(path));
      try {
        await writeFileDurably(path, formatManifestFile(manifest), temporaryPath());
      } catch (error) {
        // It may have been written, or not.
        manifests.forget(`${repository}@${manifest.digest}`);
        throw error;
      }
      manifests.remember(`${repository}@${manifest.digest}`, manifest);
    },
    flush: (repository, digest) => syncDirectory(dirname(layout.manifest(repository, digest))),
    async remove(repository, digest) {
      try {
        await removeDurably(layout.manifest(repository, digest));
      } finally {
        manifests.forget(`${repository}@${digest}`);
      }
    },
    async isEmpty(repository) {
      return !(await holdsManifest(layout.manifests(repository)));
    },
  };
}

/** Whether any manifest lies in a repository's directory of manifests. */
export async function holdsManifest(directory: string): Promise<boolean> {
  for (const algorithm of await namesIn(directory)) {
    if (await hasNames(join(directory, algorithm))) return true;
  }
  return false;
}
