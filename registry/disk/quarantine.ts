/**
 * Where damaged files are moved, so that nobody is served from them and what is pushed again finds its place free:
 * content to `quarantine/<algorithm>/<hex>`, a manifest to `_quarantine/<algorithm>/<hex>` of its repository.
 */
import { dirname, join } from 'node:path';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { DiskLayout } from './disk-layout.ts';
import {
  type DurableDirectories,
  directoriesIn,
  fileSizeBytes,
  moveDurably,
  namesIn,
  removeDurably,
} from './durable-file.ts';

export interface Quarantine {
  /** False when there was no such content. */
  putContent(digest: Digest): Promise<boolean>;
  putManifest(repository: RepositoryName, digest: Digest): Promise<boolean>;
  listContent(): AsyncIterable<Digest>;
  listManifests(repository: RepositoryName): AsyncIterable<Digest>;
  removeContent(digest: Digest): Promise<void>;
  removeManifest(repository: RepositoryName, digest: Digest): Promise<void>;
}

type Places = Pick<
  DiskLayout,
  'contentOf' | 'manifest' | 'quarantine' | 'quarantined' | 'repositoryQuarantine' | 'quarantinedManifest'
>;

/** The quarantine of a data directory. */
export function openQuarantine(layout: Places, directories: DurableDirectories): Quarantine {
  async function put(from: string, to: string): Promise<boolean> {
    if ((await fileSizeBytes(from)) === undefined) return false;
    await directories.ensure(dirname(to));
    return moveDurably(from, to);
  }

  return {
    putContent: (digest) => put(layout.contentOf(digest), layout.quarantined(digest)),
    putManifest: (repository, digest) =>
      put(layout.manifest(repository, digest), layout.quarantinedManifest(repository, digest)),
    listContent: () => digestsIn(layout.quarantine),
    listManifests: (repository) => digestsIn(layout.repositoryQuarantine(repository)),
    removeContent: async (digest) => void (await removeDurably(layout.quarantined(digest))),
    removeManifest: async (repository, digest) =>
      void (await removeDurably(layout.quarantinedManifest(repository, digest))),
  };
}

async function* digestsIn(directory: string): AsyncIterable<Digest> {
  for (const algorithm of await directoriesIn(directory)) {
    for (const hex of await namesIn(join(directory, algorithm))) {
      const digest = `${algorithm}:${hex}`;
      if (isDigest(digest)) yield digest;
    }
  }
}
