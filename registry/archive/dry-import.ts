/** An import that writes nothing: everything is read and verified, and what would come of it is told. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { type DiskLayout, diskLayout } from '../disk/disk-layout.ts';
import { fileSizeBytes, readFileIfPresent } from '../disk/durable-file.ts';
import { parseTagFile } from '../disk/tag-file.ts';
import type { ImportTarget } from './import-target.ts';
import { hashFile } from './place-file.ts';

export interface DryImportInit {
  /** The registry's directory, which may not be there. */
  readonly root: string;
  readonly copy: boolean;
  readonly overwrite: boolean;
  readonly signal: AbortSignal;
}

/** A target that says of everything what the registry in the directory would make of it. */
export function openDryImport({ root, copy, overwrite, signal }: DryImportInit): ImportTarget {
  const layout = diskLayout(root);
  const brought = new Set<string>();

  async function hasManifest(repository: RepositoryName, digest: Digest): Promise<boolean> {
    return brought.has(`${repository}@${digest}`) || isThere(layout.manifest(repository, digest));
  }

  async function hasBlob(repository: RepositoryName, digest: Digest): Promise<boolean> {
    return brought.has(`${repository}@${digest}`) || isThere(layout.blobLink(repository, digest));
  }

  return {
    async bringBlob(repository, { digest, path }) {
      const sizeBytes = await fileSizeBytes(path);
      if (sizeBytes === undefined) return { outcome: 'absent' };
      const known = brought.has(digest) || (await fileSizeBytes(layout.contentOf(digest))) === sizeBytes;
      if (!known && (await hashFile(path, digest, signal)) !== digest) return { outcome: 'damaged' };
      for (const key of [digest, `${repository}@${digest}`]) brought.add(key);
      return { outcome: known ? 'present' : copy ? 'copied' : 'linked', sizeBytes };
    },
    async bringManifest(repository, { manifest, manifests, blobs }) {
      const whole = await Promise.all([
        ...manifests.map(({ digest }) => hasManifest(repository, digest)),
        ...blobs.map(({ digest }) => hasBlob(repository, digest)),
      ]);
      if (whole.includes(false)) return 'incomplete';
      const known = await hasManifest(repository, manifest.digest);
      brought.add(`${repository}@${manifest.digest}`);
      return known ? 'present' : 'brought';
    },
    async bringTag(repository, tag, { manifest }) {
      const named = await readNamed(layout, repository, tag);
      if (named.digest === manifest.digest) return 'present';
      const other = named.digest ?? named.removed;
      return overwrite || other === undefined || other === manifest.digest ? 'brought' : 'kept';
    },
    close: async () => {},
  };
}

async function isThere(path: string): Promise<boolean> {
  return (await fileSizeBytes(path)) !== undefined;
}

async function readNamed(layout: DiskLayout, repository: RepositoryName, tag: Tag) {
  const file = await readFileIfPresent(layout.tag(repository, tag));
  const removed = await readFileIfPresent(layout.removedTag(repository, tag));
  return {
    digest: file && parseTagFile(file.toString('utf8'), 'tag')?.digest,
    removed: removed && parseTagFile(removed.toString('utf8'), 'removed')?.digest,
  };
}
