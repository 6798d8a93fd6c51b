/**
 * Pushing and deleting manifests: the writes that touch several records, in the order in which a crash between any two
 * leaves nothing that points at nothing. The caller holds the locks.
 */
import { damagedTagReason } from '../../core/damaged-tag.ts';
import type { Reason } from '../../core/decision.ts';
import type { TagChange } from '../../core/tag-rules.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type {
  ChangedTag,
  DeletionOutcome,
  ManifestPush,
  ManifestPushOutcome,
  TagAuthor,
  TagRecord,
  TagRefusal,
  UnmetDescriptor,
} from '../storage.ts';
import type { BlobStore } from './blob-store.ts';
import type { ManifestStore } from './manifest-store.ts';
import type { ReferrerStore } from './referrer-store.ts';
import type { RepositoryList } from './repository-list.ts';
import { isTagThere } from './tag-standing.ts';
import type { OpenTag, TagStore } from './tag-store.ts';

/** The records of all repositories. */
export interface DiskRecords {
  readonly blobs: BlobStore;
  readonly manifests: ManifestStore;
  readonly tags: TagStore;
  readonly referrers: ReferrerStore;
  readonly repositories: RepositoryList;
}

/** Stores the manifest with its children present, then moves its tags, unless one of them may not be. */
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
  const judged = await judgeTags(records, repository, push.tags, author, change);
  if ('kind' in judged) return judged;
  const unmet = await unmetDescriptors(records, repository, push);
  if (unmet.length > 0) return { kind: 'incomplete', unmet };
  await writeManifest(records, repository, push);
  const changed: ChangedTag[] = [];
  for (const { opened, overridden } of judged) {
    const written = await records.tags.write(opened, wanted, { author, overridden });
    if (written !== undefined) changed.push(written);
  }
  return { kind: 'pushed', changed };
}

/** Removes the tags, then the manifest, then its entry among the referrers; nothing when one of the tags may not be. */
export async function removeManifest(
  records: DiskRecords,
  repository: RepositoryName,
  digest: Digest,
  author: TagAuthor,
): Promise<DeletionOutcome> {
  const manifest = await records.manifests.read(repository, digest);
  if (manifest === undefined) return { kind: 'absent' };
  const { tags, damaged } = await records.tags.tagsOf(repository, digest);
  const doubtful = await refuseDamaged(records, repository, damaged);
  if (doubtful !== undefined) return doubtful;
  const outcome = await removeTags(records, repository, tags.toSorted(), author);
  if (outcome.kind === 'refused') return outcome;
  await records.manifests.remove(repository, digest);
  if (manifest.subject !== undefined) await records.referrers.remove(repository, manifest.subject, digest);
  if (await records.manifests.isEmpty(repository)) records.repositories.remove(repository);
  return outcome;
}

/** Removes the tag alone. */
export async function removeTag(
  records: DiskRecords,
  repository: RepositoryName,
  tag: Tag,
  author: TagAuthor,
): Promise<DeletionOutcome> {
  const { standing } = await records.tags.open(repository, tag);
  return isTagThere(standing) ? removeTags(records, repository, [tag], author) : { kind: 'absent' };
}

/** A damaged tag may name the manifest, and nobody could bring it back then: it has to be mended first, or go itself. */
async function refuseDamaged(
  { tags }: DiskRecords,
  repository: RepositoryName,
  damaged: readonly Tag[],
): Promise<TagRefusal | undefined> {
  for (const tag of damaged.toSorted()) {
    const { standing } = await tags.open(repository, tag);
    const reason = damagedTagReason(repository, tag, standing);
    if (reason !== undefined) return { kind: 'refused', tag, standing, reasons: [reason] };
  }
  return undefined;
}

async function removeTags(
  records: DiskRecords,
  repository: RepositoryName,
  tags: readonly Tag[],
  author: TagAuthor,
): Promise<Exclude<DeletionOutcome, { kind: 'absent' }>> {
  const judged = await judgeTags(records, repository, tags, author, { kind: 'delete' });
  if ('kind' in judged) return judged;
  const changed: ChangedTag[] = [];
  for (const { opened, overridden } of judged) {
    const removed = await records.tags.remove(opened, { author, overridden });
    if (removed !== undefined) changed.push(removed);
  }
  return { kind: 'deleted', changed };
}

/** Tags whose files are open at the same time: a manifest may have very many. */
const openedAtOnce = 32;

interface JudgedTag {
  readonly opened: OpenTag;
  readonly overridden: readonly Reason[];
}

/** Every tag as it stands, when the author may change all of them. */
async function judgeTags(
  records: DiskRecords,
  repository: RepositoryName,
  tags: readonly Tag[],
  author: TagAuthor,
  change: TagChange,
): Promise<readonly JudgedTag[] | TagRefusal> {
  const judged: JudgedTag[] = [];
  for (let start = 0; start < tags.length; start += openedAtOnce) {
    const some = tags.slice(start, start + openedAtOnce);
    for (const opened of await Promise.all(some.map((tag) => records.tags.open(repository, tag)))) {
      const { tag, standing } = opened;
      const decision = author.judge(tag, change, standing);
      if (!decision.allowed) return { kind: 'refused', tag, standing, reasons: decision.reasons };
      judged.push({ opened, overridden: decision.overridden });
    }
  }
  return judged;
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
