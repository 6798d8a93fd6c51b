/** The data directory as a scrub sees it: files as they lie, and damaged ones moved aside under the locks of who writes. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { digestsIn, repositoriesIn } from '../archive/repositories-in.ts';
import type { FileStamp, OpenContent, ScrubStore } from '../archive/scrub-store.ts';
import type { ContentGuard } from '../collect/content-guard.ts';
import { damagedRecords } from './damaged-records.ts';
import type { DataDirectory } from './data-directory.ts';
import {
  directoriesIn,
  fileSizeBytes,
  isAbsence,
  isErrno,
  namesIn,
  readFileIfPresent,
  readOrDamaged,
  writeFileDurably,
} from './durable-file.ts';
import { parseManifestFile } from './manifest-file.ts';
import type { DiskRecords } from './manifest-writes.ts';
import type { Quarantine } from './quarantine.ts';
import { parseTagFile } from './tag-file.ts';

export interface ScrubRecordsInit {
  readonly directory: DataDirectory;
  readonly records: DiskRecords;
  readonly quarantine: Quarantine;
  readonly guard: ContentGuard;
}

/** The scrub's side of the records. */
export function openScrubRecords({ directory, records, quarantine, guard }: ScrubRecordsInit): ScrubStore {
  const { layout } = directory;

  async function readManifest(repository: RepositoryName, digest: Digest) {
    const content = await readOrDamaged(layout.manifest(repository, digest));
    if (content === 'absent' || content === 'damaged') return content;
    return parseManifestFile(content, digest) ?? 'damaged';
  }

  async function readTag(repository: RepositoryName, tag: Tag): Promise<Digest | 'absent' | 'damaged'> {
    const content = await readOrDamaged(layout.tag(repository, tag));
    if (content === 'absent' || content === 'damaged') return content;
    return parseTagFile(content.toString('utf8'), 'tag')?.digest ?? 'damaged';
  }

  /** Whoever holds one of these is asked for the blob by those that list it. */
  async function isLinked(digest: Digest): Promise<boolean> {
    for (const repository of await records.repositories.blobHolders()) {
      if ((await fileSizeBytes(layout.blobLink(repository, digest))) !== undefined) return true;
    }
    return false;
  }

  return {
    async *listContent() {
      for (const algorithm of await directoriesIn(layout.content)) {
        for (const fan of await directoriesIn(join(layout.content, algorithm))) {
          for (const hex of await namesIn(join(layout.content, algorithm, fan))) {
            const digest = `${algorithm}:${hex}`;
            if (isDigest(digest)) yield digest;
          }
        }
      }
    },
    openContent: (digest) => openContent(layout.contentOf(digest)),
    quarantineContent: (digest, opened) =>
      guard.bringingBack(digest, async () => {
        if ((await stampAt(layout.contentOf(digest))) !== opened) return false;
        const moved = await quarantine.putContent(digest);
        records.blobs.forgetContent();
        return moved;
      }),
    async *listRepositories() {
      for await (const { name } of repositoriesIn(layout.repositories)) yield name;
    },
    listManifests: (repository) => digestsIn(layout.manifests(repository)),
    readTagDigest: readTag,
    readManifest,
    quarantineManifest: (repository, digest) =>
      guard.removing(repository, async () => {
        if ((await readManifest(repository, digest)) !== 'damaged') return false;
        const moved = await quarantine.putManifest(repository, digest);
        await records.manifests.remove(repository, digest);
        records.needs.lose(repository, digest);
        return moved;
      }),
    async hasBlob(repository, digest) {
      const link = await fileSizeBytes(layout.blobLink(repository, digest));
      return link !== undefined && (await fileSizeBytes(layout.contentOf(digest))) !== undefined;
    },
    listDamagedRecords: (repository) => damagedRecords(layout, repository),
    async *listTags(repository) {
      for (const tag of await records.tags.list(repository)) {
        const digest = await readTag(repository, tag);
        if (digest !== 'absent') yield [tag, digest];
      }
    },
    async clearQuarantine(isNeeded) {
      const counts = { cleared: 0, left: 0 };
      for await (const digest of quarantine.listContent()) {
        const healed = (await fileSizeBytes(layout.contentOf(digest))) !== undefined;
        if (healed || !(await isLinked(digest))) {
          await quarantine.removeContent(digest);
          counts.cleared += 1;
        } else counts.left += 1;
      }
      for await (const { name: repository } of repositoriesIn(layout.repositories)) {
        for await (const digest of quarantine.listManifests(repository)) {
          const healed = (await fileSizeBytes(layout.manifest(repository, digest))) !== undefined;
          if (healed || !(await isNeeded(repository, digest))) {
            await quarantine.removeManifest(repository, digest);
            counts.cleared += 1;
          } else counts.left += 1;
        }
      }
      return counts;
    },
    readLastScrub: async () => (await readFileIfPresent(layout.lastScrub))?.toString('utf8'),
    writeLastScrub: (text) => writeFileDurably(layout.lastScrub, text, directory.temporaryPath()),
  };
}

/** A link in the place of content is none. */
async function openContent(path: string): Promise<OpenContent | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isAbsence(error) || isErrno(error, 'ELOOP')) return undefined;
    throw error;
  }
  const { ino, mtimeMs } = await handle.stat();
  return {
    stamp: stampOf(ino, mtimeMs),
    chunks: () => handle.createReadStream({ autoClose: false, highWaterMark: scrubChunkBytes }),
    close: () => handle.close(),
  };
}

/** Small, so that the rate is kept evenly. */
const scrubChunkBytes = 256 * 1024;

async function stampAt(path: string): Promise<FileStamp | undefined> {
  try {
    const { ino, mtimeMs } = await lstat(path);
    return stampOf(ino, mtimeMs);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

function stampOf(ino: number, mtimeMs: number): FileStamp {
  return `${ino}:${mtimeMs}`;
}
