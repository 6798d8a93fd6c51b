/** An import that writes nothing: everything is read and verified, and what would come of it is told. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { diskLayout } from '../disk/disk-layout.ts';
import { durableDirectories, fileSizeBytes } from '../disk/durable-file.ts';
import { openTagFiles } from '../disk/tag-files.ts';
import { readTagStanding } from '../disk/tag-standing.ts';
import type { ImportTarget, ImportTargetInit } from './import-target.ts';
import { judgeImport } from './judge-import.ts';
import { hasDigest } from './place-file.ts';

/** A target that says of everything what the registry in the directory would make of it. */
export function openDryImport({ root, copy, overwrite, onEvent, signal }: ImportTargetInit): ImportTarget {
  const layout = diskLayout(root);
  const files = openTagFiles({ layout, temporaryPath: () => layout.temporary }, durableDirectories(root), onEvent);
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
      if (!known && !(await hasDigest(path, digest, signal))) return { outcome: 'damaged' };
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
      const { standing } = await readTagStanding(files, repository, tag);
      if (standing.digest === manifest.digest) return 'present';
      return judgeImport(standing, manifest.digest, overwrite).allowed ? 'brought' : 'kept';
    },
    close: async () => {},
  };
}

async function isThere(path: string): Promise<boolean> {
  return (await fileSizeBytes(path)) !== undefined;
}
