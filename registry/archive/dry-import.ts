/** An import that writes nothing: everything is read and verified, and what would come of it is told. */
import type { Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { diskLayout } from '../disk/disk-layout.ts';
import { durableDirectories, fileSizeBytes, isAbsence, readFileIfPresent } from '../disk/durable-file.ts';
import { parseManifestFile } from '../disk/manifest-file.ts';
import { openTagFiles } from '../disk/tag-files.ts';
import { readTagStanding } from '../disk/tag-standing.ts';
import type { ImportTarget, ImportTargetInit } from './import-target.ts';
import { judgeImport } from './judge-import.ts';
import { hasDigest } from './place-file.ts';

/** A target that says of everything what the registry in the directory would make of it. */
export function openDryImport({ root, copy, overwrite, onEvent, signal }: ImportTargetInit): ImportTarget {
  const layout = diskLayout(root);
  const files = openTagFiles({ layout, temporaryPath: () => layout.temporary }, durableDirectories(root), onEvent);
  /** Bytes of what would be there, by digest, and by repository and digest. */
  const brought = new Map<string, number>();
  let linking: Promise<boolean> | undefined;

  async function manifestBytes(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    const bytes = brought.get(`${repository}@${digest}`);
    if (bytes !== undefined) return bytes;
    const content = await readFileIfPresent(layout.manifest(repository, digest));
    return content && parseManifestFile(content, digest)?.bytes.length;
  }

  async function blobBytes(repository: RepositoryName, digest: Digest): Promise<number | undefined> {
    const bytes = brought.get(`${repository}@${digest}`);
    if (bytes !== undefined) return bytes;
    const link = await fileSizeBytes(layout.blobLink(repository, digest));
    return link === undefined ? undefined : fileSizeBytes(layout.contentOf(digest));
  }

  return {
    async bringBlob(repository, { digest, path }) {
      const sizeBytes = await fileSizeBytes(path);
      if (sizeBytes === undefined) return { outcome: 'absent' };
      const known = brought.has(digest) || (await fileSizeBytes(layout.contentOf(digest))) === sizeBytes;
      if (!known && !(await hasDigest(path, digest, signal))) return { outcome: 'damaged' };
      for (const key of [digest, `${repository}@${digest}`]) brought.set(key, sizeBytes);
      if (known) return { outcome: 'present', sizeBytes };
      linking ??= copy ? Promise.resolve(false) : isOnOneDisk(path, root);
      return { outcome: (await linking) ? 'linked' : 'copied', sizeBytes };
    },
    async bringManifest(repository, { manifest, manifests, blobs }) {
      const fits = await Promise.all([
        ...manifests.map(async ({ digest, size }) => (await manifestBytes(repository, digest)) === size),
        ...blobs.map(async ({ digest, size }) => (await blobBytes(repository, digest)) === size),
      ]);
      if (fits.includes(false)) return 'incomplete';
      const known = (await manifestBytes(repository, manifest.digest)) !== undefined;
      brought.set(`${repository}@${manifest.digest}`, manifest.bytes.length);
      return known ? 'present' : 'brought';
    },
    async bringTag(repository, tag, { manifest }) {
      const { standing } = await readTagStanding(files, repository, tag);
      if (standing.digest === manifest.digest) return 'present';
      return judgeImport(standing, manifest.digest, overwrite).allowed ? 'brought' : 'kept';
    },
    close: async () => {},
  };
}

/** Whether links can be made from one to the other, which may not be there yet. */
async function isOnOneDisk(path: string, root: string): Promise<boolean> {
  const [source, target] = await Promise.all([stat(path), statNearest(root)]);
  return source.dev === target.dev;
}

async function statNearest(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (error) {
    if (!isAbsence(error) || dirname(path) === path) throw error;
    return statNearest(dirname(path));
  }
}
