/** Every manifest that a repository has or should have, with those that cannot be read: what they need is not known. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import { digestsIn } from '../archive/repositories-in.ts';
import type { DiskLayout } from './disk-layout.ts';
import { isErrno, readFileIfPresent } from './durable-file.ts';
import { parseManifestFile } from './manifest-file.ts';
import type { ListedManifest } from './needing-manifests.ts';

/** Damage, as of a sector or of a file's rights. Anything else passes, and is an error. */
const unreadableCodes = ['EIO', 'EACCES', 'EISDIR', 'ELOOP'] as const;

/**
 * The manifests on disk, those that were moved into quarantine, and those that a tag names and that are nowhere. `named`
 * gives the digests that tags name: it is asked first, because a manifest is written before the tags that name it.
 */
export async function* listManifests(
  layout: DiskLayout,
  repository: RepositoryName,
  named: () => Promise<Iterable<Digest>>,
): AsyncIterable<ListedManifest> {
  const wanted = new Set(await named());
  for await (const digest of digestsIn(layout.repositoryQuarantine(repository))) wanted.add(digest);
  for await (const digest of digestsIn(layout.manifests(repository))) {
    const content = await readOrUnreadable(layout.manifest(repository, digest));
    if (content === 'absent') continue;
    wanted.delete(digest);
    yield { digest, manifest: content === 'unreadable' ? undefined : parseManifestFile(content, digest) };
  }
  for (const digest of wanted) yield { digest, manifest: undefined };
}

async function readOrUnreadable(path: string): Promise<Buffer | 'absent' | 'unreadable'> {
  try {
    return (await readFileIfPresent(path)) ?? 'absent';
  } catch (error) {
    if (unreadableCodes.some((code) => isErrno(error, code))) return 'unreadable';
    throw error;
  }
}
