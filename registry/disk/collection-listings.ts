/** Everything in a data directory, piece by piece, read so strictly that whatever cannot be read stops the reader. */
import { opendir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { CollectionStore } from '../collect/collection-store.ts';
import { collectionUnsafe } from '../collect/collection-unsafe.ts';
import { recentDigests } from '../collect/recent-digests.ts';
import type { DiskLayout } from './disk-layout.ts';
import { isAbsence } from './durable-file.ts';
import { parseManifestFile } from './manifest-file.ts';
import { parseTagFile } from './tag-file.ts';
import type { TagStore } from './tag-store.ts';

export type CollectionListings = Pick<
  CollectionStore,
  'listRepositories' | 'listTags' | 'listManifests' | 'listBlobs' | 'listReferrerEntries' | 'listContent'
>;

/**
 * Listings of what lies below the layout's directories. The names of tags come from the tag store, which knows of every
 * change: a directory may pass over a file that is replaced while it is read.
 */
export function openCollectionListings(layout: DiskLayout, tags: Pick<TagStore, 'list'>): CollectionListings {
  async function tagNames(repository: RepositoryName): Promise<readonly Tag[]> {
    try {
      return await tags.list(repository);
    } catch (cause) {
      throw collectionUnsafe(layout.tags(repository), String(cause), cause);
    }
  }

  return {
    listRepositories: () => repositoriesIn(layout.repositories, ''),
    async *listTags(repository) {
      for (const tag of await tagNames(repository)) {
        const path = layout.tag(repository, tag);
        const content = await readStrictly(path);
        if (content === undefined) continue;
        const file = parseTagFile(content.toString('utf8'), 'tag');
        if (file?.digest === undefined) throw collectionUnsafe(path, 'it is not a tag record');
        yield { tag, digest: file.digest, previous: recentDigests(file) };
      }
    },
    async *listManifests(repository) {
      for await (const digest of digestsIn(layout.manifests(repository))) {
        const path = layout.manifest(repository, digest);
        const content = await readStrictly(path);
        if (content === undefined) continue;
        const manifest = parseManifestFile(content, digest);
        if (manifest === undefined) throw collectionUnsafe(path, 'the bytes are not those of the digest');
        yield manifest;
      }
    },
    listBlobs: (repository) => digestsIn(layout.blobs(repository)),
    async *listReferrerEntries(repository) {
      const directory = layout.allReferrers(repository);
      for await (const subject of digestsIn(directory, 'directory')) {
        for await (const { name } of entriesIn(layout.referrers(repository, subject))) {
          const referrer = name.replace('-', ':');
          if (isDigest(referrer)) yield { subject, referrer };
        }
      }
    },
    async *listContent() {
      for await (const algorithm of directoriesBelow(layout.content)) {
        for await (const some of directoriesBelow(join(layout.content, algorithm))) {
          for await (const { name, kind } of entriesIn(join(layout.content, algorithm, some))) {
            const digest = `${algorithm}:${name}`;
            if (kind === 'file' && isDigest(digest)) yield digest;
          }
        }
      }
    },
  };
}

interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'directory' | 'other';
}

/** Read some at a time, so that memory does not depend on how many there are. */
async function* entriesIn(path: string): AsyncIterable<Entry> {
  try {
    for await (const entry of await opendir(path)) {
      const kind = entry.isFile() ? 'file' : entry.isDirectory() ? 'directory' : 'other';
      yield { name: entry.name, kind };
    }
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (!isAbsence(cause)) throw collectionUnsafe(path, cause.message, cause);
  }
}

async function* directoriesBelow(path: string): AsyncIterable<string> {
  for await (const { name, kind } of entriesIn(path)) if (kind === 'directory') yield name;
}

/** The digests after which what lies in a directory of `<algorithm>/<hex>` is named. */
async function* digestsIn(directory: string, wanted: Entry['kind'] = 'file'): AsyncIterable<Digest> {
  for await (const algorithm of directoriesBelow(directory)) {
    for await (const { name, kind } of entriesIn(join(directory, algorithm))) {
      const digest = `${algorithm}:${name}`;
      if (!isDigest(digest)) continue;
      if (kind === wanted) yield digest;
      else throw collectionUnsafe(join(directory, algorithm, name), `it is not a ${wanted}`);
    }
  }
}

/** Directories of records begin with an underscore, parts of repository names never do. */
async function* repositoriesIn(root: string, name: string): AsyncIterable<RepositoryName> {
  let records = false;
  const below: string[] = [];
  for await (const entry of directoriesBelow(join(root, name))) {
    if (entry.startsWith('_')) records = true;
    else below.push(name === '' ? entry : `${name}/${entry}`);
  }
  if (records && isRepositoryName(name)) yield name;
  for (const next of below) yield* repositoriesIn(root, next);
}

/** Undefined when it was removed since it was listed. */
async function readStrictly(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (!isSystemError(cause)) throw cause;
    if (isAbsence(cause)) return undefined;
    throw collectionUnsafe(path, cause.message, cause);
  }
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
