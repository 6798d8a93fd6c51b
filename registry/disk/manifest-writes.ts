/**
 * Pushing and deleting manifests: the writes that touch several records, in the order in which a crash between any two
 * leaves nothing that points at nothing. The caller holds the locks.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ManifestPush, ManifestPushOutcome, UnmetDescriptor } from '../storage.ts';
import type { BlobStore } from './blob-store.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { ReferrerStore } from './referrer-store.ts';
import type { RepositoryList } from './repository-list.ts';
import type { TagStore } from './tag-store.ts';

/** The records of all repositories. */
export interface DiskRecords {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  readonly tags: TagStore;
  readonly referrers: ReferrerStore;
  readonly repositories: RepositoryList;
}

/** Stores the manifest with its children present, then moves its tags, unless a newer lane token has written one. */
export async function writeManifestPush(
  records: DiskRecords,
  repository: RepositoryName,
  push: ManifestPush,
): Promise<ManifestPushOutcome> {
  const fences = await Promise.all(push.tags.map((tag) => records.tags.fence(repository, tag)));
  for (const [at, tag] of push.tags.entries()) {
    const fence = fences[at];
    if (push.fence !== undefined && fence !== undefined && push.fence < fence) return { kind: 'fenced', tag, fence };
  }
  const unmet = await unmetDescriptors(records, repository, push);
  if (unmet.length > 0) return { kind: 'incomplete', unmet };
  await writeManifest(records, repository, push);
  const { digest } = push.manifest;
  for (const [at, tag] of push.tags.entries()) {
    const fence = push.fence ?? fences[at];
    await records.tags.write(repository, tag, fence === undefined ? { digest } : { digest, fence });
  }
  return { kind: 'pushed' };
}

/** Removes the tags, then the manifest, then its entry among the referrers. */
export async function removeManifest(
  records: DiskRecords,
  repository: RepositoryName,
  digest: Digest,
): Promise<readonly Tag[] | undefined> {
  const manifest = await records.manifests.read(repository, digest);
  if (manifest === undefined) return undefined;
  const removed: Tag[] = [];
  for (const tag of await records.tags.list(repository)) {
    if ((await records.tags.read(repository, tag))?.digest !== digest) continue;
    await records.tags.remove(repository, tag);
    removed.push(tag);
  }
  await records.manifests.remove(repository, digest);
  if (manifest.subject !== undefined) await records.referrers.remove(repository, manifest.subject, digest);
  if (await records.manifests.isEmpty(repository)) records.repositories.remove(repository);
  return removed;
}

/** The referrer's entry comes first: one without a manifest is passed over, a manifest without one would stay unlisted. */
async function writeManifest(records: DiskRecords, repository: RepositoryName, push: ManifestPush): Promise<void> {
  const { manifest, referrer } = push;
  if (manifest.subject !== undefined && referrer !== undefined) {
    await records.referrers.write(repository, manifest.subject, referrer);
  }
  const known = await records.manifests.read(repository, manifest.digest);
  if (known?.mediaType === manifest.mediaType) return;
  await records.manifests.write(repository, manifest);
  records.repositories.add(repository);
}

/** A manifest may list tens of thousands; who is told of some that are missing will push them and ask again. */
const unmetNamedMax = 20;

async function unmetDescriptors(
  { blobs, manifests }: DiskRecords,
  repository: RepositoryName,
  push: ManifestPush,
): Promise<readonly UnmetDescriptor[]> {
  const unmet: UnmetDescriptor[] = [];
  for (const descriptor of push.blobs) {
    if (unmet.length >= unmetNamedMax) return unmet;
    const foundBytes = await blobs.sizeBytes(repository, descriptor.digest);
    if (foundBytes !== descriptor.size) unmet.push({ descriptor, foundBytes });
  }
  for (const descriptor of push.manifests) {
    if (unmet.length >= unmetNamedMax) return unmet;
    const foundBytes = (await manifests.read(repository, descriptor.digest))?.bytes.length;
    if (foundBytes !== descriptor.size) unmet.push({ descriptor, foundBytes });
  }
  return unmet;
}
