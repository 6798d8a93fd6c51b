/** An import into a data directory that nobody serves meanwhile. */
import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import type { TagStanding } from '../../core/tag-rules.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { openLeases } from '../collect/leases.ts';
import { diskLayout } from '../disk/disk-layout.ts';
import { durableDirectories, fileSizeBytes, syncDirectory, writeMarkDurably } from '../disk/durable-file.ts';
import { openKeyedLock } from '../disk/keyed-lock.ts';
import { openDiskStorage } from '../disk-storage.ts';
import type { TagAuthor } from '../storage.ts';
import type { ImportTarget, ImportTargetInit } from './import-target.ts';
import { judgeImport } from './judge-import.ts';
import { placeFile } from './place-file.ts';

export interface DiskImportInit extends ImportTargetInit {
  /** What histories of tags say of it. */
  readonly by: string;
  /** Epoch milliseconds. */
  readonly at: number;
}

/**
 * The target in the directory, for this process alone.
 * @throws ConflictError DATA_DIRECTORY_IN_USE, DATA_DIRECTORY_NEWER.
 */
export async function openDiskImport({
  root,
  copy,
  overwrite,
  by,
  at,
  onEvent,
  signal,
}: DiskImportInit): Promise<ImportTarget> {
  const storage = await openDiskStorage({
    ...{ root, onEvent, locks: openKeyedLock(), leases: openLeases({ uptime: () => 0 }) },
    onCollectionStep: async () => {},
  });
  const layout = diskLayout(root);
  const directories = durableDirectories(root);
  const author = (judge: TagAuthor['judge']): TagAuthor => ({ by, at, how: 'import', judge });
  const refuseAny = author(() => ({ allowed: false, reasons: [] }));

  async function bringContent(digest: Digest, path: string, sizeBytes: number) {
    const target = layout.contentOf(digest);
    if ((await fileSizeBytes(target)) === sizeBytes) return 'present';
    await directories.ensure(dirname(target));
    const temporary = join(layout.temporary, randomUUID());
    const outcome = await placeFile({ source: path, digest, target, temporary, copy, signal });
    if (outcome !== 'damaged') await syncDirectory(dirname(target));
    return outcome;
  }

  return {
    async bringBlob(repository, { digest, path }) {
      const sizeBytes = await fileSizeBytes(path);
      if (sizeBytes === undefined) return { outcome: 'absent' };
      const outcome = await bringContent(digest, path, sizeBytes);
      if (outcome === 'damaged') return { outcome };
      const link = layout.blobLink(repository, digest);
      await directories.ensure(dirname(link));
      await writeMarkDurably(link);
      return { outcome, sizeBytes };
    },
    async bringManifest(repository, needs) {
      const known = await storage.readManifest(repository, needs.manifest.digest);
      const pushed = await storage.pushManifest(repository, { ...needs, tags: [], author: refuseAny });
      if (pushed.kind !== 'pushed') return 'incomplete';
      return known === undefined ? 'brought' : 'present';
    },
    async bringTag(repository, tag, needs) {
      const { digest } = needs.manifest;
      const judge = (_tag: Tag, _change: unknown, standing: TagStanding) => judgeImport(standing, digest, overwrite);
      const pushed = await storage.pushManifest(repository, { ...needs, tags: [tag], author: author(judge) });
      if (pushed.kind === 'refused') return 'kept';
      if (pushed.kind === 'incomplete') return 'incomplete';
      return pushed.changed.length > 0 ? 'brought' : 'present';
    },
    close: () => storage.close(),
  };
}
