/**
 * Pushing manifests: a write that touches several records, in the order in which a crash between any two leaves nothing
 * that points at nothing. The caller holds the locks. Deleting: deletions.ts.
 */
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type {
  ChangedTag,
  ManifestPush,
  ManifestPushOutcome,
  TagAuthor,
  TagRecord,
  UnmetDescriptor,
} from '../storage.ts';
import { PushBrokenOff } from '../tags/push-broken-off.ts';
import type { BlobStore } from './blob-store.ts';
import { type JudgedTag, judgeTags } from './judge-tags.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { NeedingManifests } from './needing-manifests.ts';
import type { ReferrerStore } from './referrer-store.ts';
import type { RepositoryList } from './repository-list.ts';
import type { TagStore } from './tag-store.ts';

/** The records of all repositories. */
export interface DiskRecords {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  /** Which manifests need what, told by the store of manifests. */
  readonly needs: NeedingManifests;
  readonly tags: TagStore;
  readonly referrers: ReferrerStore;
  readonly repositories: RepositoryList;
}

/**
 * Stores the manifest with its children present, then moves its tags, unless one of them may not be.
 * @throws PushBrokenOff.
 */
export async function writeManifestPush(
  records: DiskRecords,
  repository: RepositoryName,
  push: ManifestPush,
): Promise<ManifestPushOutcome> {
  const { author } = push;
  const wanted = recordWanted(push);
  const change = {
    kind: 'move',
    to: wanted.digest,
    ...(push.fence === undefined ? {} : { fence: push.fence }),
  } as const;
  const judged = await judgeTags(records.tags, repository, push.tags, author, change);
  if ('kind' in judged) return judged;
  const unmet = await unmetDescriptors(records, repository, push);
  if (unmet.length > 0) return { kind: 'incomplete', unmet };
  await writeManifest(records, repository, push);
  return { kind: 'pushed', changed: await writeTags(records, judged, wanted, author) };
}

/** One after the other, each for good: a disk has no way to move several at once. */
async function writeTags(
  { tags }: DiskRecords,
  judged: readonly JudgedTag[],
  wanted: TagRecord,
  author: TagAuthor,
): Promise<readonly ChangedTag[]> {
  const changed: ChangedTag[] = [];
  for (const [at, { opened, overridden }] of judged.entries()) {
    try {
      const written = await tags.write(opened, wanted, { author, overridden });
      if (written !== undefined) changed.push(written);
    } catch (error) {
      if (at === 0) throw error;
      const all = judged.map((one) => one.opened.tag);
      throw new PushBrokenOff(error, { confirmed: all.slice(0, at), changed, unconfirmed: all.slice(at) });
    }
  }
  return changed;
}

function recordWanted({ manifest, fence }: ManifestPush): TagRecord {
  return { digest: manifest.digest, ...(fence === undefined ? {} : { fence }) };
}

/** The referrer's entry comes first: one without a manifest is passed over, a manifest without one would stay unlisted. */
async function writeManifest(records: DiskRecords, repository: RepositoryName, push: ManifestPush): Promise<void> {
  const { manifest, referrer } = push;
  if (manifest.subject !== undefined && referrer !== undefined) {
    await records.referrers.write(repository, manifest.subject, referrer);
  }
  const known = await records.manifests.read(repository, manifest.digest);
  // Whoever put it there may not have come to its flush, nor to the list.
  if (known?.mediaType === manifest.mediaType) await records.manifests.flush(repository, manifest.digest);
  else await records.manifests.write(repository, manifest);
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
