/**
 * Deleting for clients: in the order in which a crash between any two steps leaves nothing that points at nothing. The
 * caller holds the locks.
 */
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ChangedTag, DeletionOutcome, TagAuthor } from '../storage.ts';
import { type BereftTag, judgeNeeding } from './judge-needing.ts';
import { type JudgedTag, judgeTags } from './judge-tags.ts';
import type { DiskRecords } from './manifest-writes.ts';
import { isTagThere } from './tag-standing.ts';

/** Takes the blob out of the repository, unless a tag needs it that the author may not delete. */
export async function removeBlob(
  records: DiskRecords,
  repository: RepositoryName,
  digest: Digest,
  author: TagAuthor,
): Promise<DeletionOutcome> {
  const bereft = await judgeNeeding(records, repository, digest, author);
  if ('kind' in bereft) return bereft;
  const changed = await recordLoss(records, repository, { digest, bereft, author });
  return (await records.blobs.unlink(repository, digest)) ? { kind: 'deleted', changed } : { kind: 'absent' };
}

/**
 * Removes the tags, then the manifest, then its entry among the referrers; nothing when one of the tags may not be, or
 * when another needs the manifest that the author may not delete either.
 */
export async function removeManifest(
  records: DiskRecords,
  repository: RepositoryName,
  digest: Digest,
  author: TagAuthor,
): Promise<DeletionOutcome> {
  const manifest = await records.manifests.read(repository, digest);
  if (manifest === undefined) return { kind: 'absent' };
  const bereft = await judgeNeeding(records, repository, digest, author);
  const { tags } = await records.tags.byDigest(repository);
  const naming = [...(tags.get(digest) ?? [])].sort();
  const own = await judgeTags(records.tags, repository, naming, author, { kind: 'delete' });
  if ('kind' in own) return 'kind' in bereft ? { ...own, reasons: [...own.reasons, ...bereft.reasons] } : own;
  if ('kind' in bereft) return bereft;
  const lost = await recordLoss(records, repository, { digest, bereft, author });
  const removed = await removeTags(records, own, author);
  await records.manifests.remove(repository, digest);
  if (manifest.subject !== undefined) await records.referrers.remove(repository, manifest.subject, digest);
  if (await records.manifests.isEmpty(repository)) records.repositories.remove(repository);
  return { kind: 'deleted', changed: [...removed, ...lost] };
}

/** Removes the tag alone. */
export async function removeTag(
  records: DiskRecords,
  repository: RepositoryName,
  tag: Tag,
  author: TagAuthor,
): Promise<DeletionOutcome> {
  const { standing } = await records.tags.open(repository, tag);
  if (!isTagThere(standing)) return { kind: 'absent' };
  const judged = await judgeTags(records.tags, repository, [tag], author, { kind: 'delete' });
  return 'kind' in judged ? judged : { kind: 'deleted', changed: await removeTags(records, judged, author) };
}

async function removeTags(
  { tags }: DiskRecords,
  judged: readonly JudgedTag[],
  author: TagAuthor,
): Promise<readonly ChangedTag[]> {
  const changed: ChangedTag[] = [];
  for (const { opened, overridden } of judged) {
    const removed = await tags.remove(opened, { author, overridden });
    if (removed !== undefined) changed.push(removed);
  }
  return changed;
}

interface Loss {
  readonly digest: Digest;
  readonly bereft: readonly BereftTag[];
  readonly author: TagAuthor;
}

/** Before anything goes: an image is never broken without a word in the history of its tag. */
async function recordLoss(
  { tags }: DiskRecords,
  repository: RepositoryName,
  { digest, bereft, author }: Loss,
): Promise<readonly ChangedTag[]> {
  const changed: ChangedTag[] = [];
  for (const { tag, overridden } of bereft) {
    const edit = { author: { ...author, how: 'content-delete' as const }, overridden };
    changed.push(await tags.lose(await tags.open(repository, tag), digest, edit));
  }
  return changed;
}
