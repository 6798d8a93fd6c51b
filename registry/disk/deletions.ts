/**
 * Deleting for clients: in the order in which a crash between any two steps leaves nothing that points at nothing. The
 * caller holds the locks.
 */
import { damagedTagReason } from '../../core/damaged-tag.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ChangedTag, DeletionOutcome, TagAuthor, TagRefusal } from '../storage.ts';
import { judgeTags } from './judge-tags.ts';
import type { DiskRecords } from './manifest-writes.ts';
import { isTagThere } from './tag-standing.ts';

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
  const judged = await judgeTags(records.tags, repository, tags, author, { kind: 'delete' });
  if ('kind' in judged) return judged;
  const changed: ChangedTag[] = [];
  for (const { opened, overridden } of judged) {
    const removed = await records.tags.remove(opened, { author, overridden });
    if (removed !== undefined) changed.push(removed);
  }
  return { kind: 'deleted', changed };
}
