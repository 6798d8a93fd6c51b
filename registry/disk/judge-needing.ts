/**
 * Whether content may be deleted, by every tag that would be broken by it: whoever may not delete the tag may not take
 * from it what it needs either. The caller holds the repository alone.
 */
import { damagedTagReason } from '../../core/damaged-tag.ts';
import type { Reason } from '../../core/decision.ts';
import type { Digest } from '../../oci/spec/digest.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { TagAuthor, TagRefusal } from '../storage.ts';
import type { DiskRecords } from './manifest-writes.ts';
import type { FoundNeed } from './needing-manifests.ts';
import type { TagsByDigest } from './tag-digests.ts';

/** A tag that stays and is not whole any more, against the reasons that break-glass overrode. */
export interface BereftTag {
  readonly tag: Tag;
  readonly overridden: readonly Reason[];
}

/** Tags that a refusal has reasons for: content may be needed by very many. */
const refusedTagsMax = 20;

/**
 * The tags that would lose what they need, against the rules; those that may be deleted are not among them. A tag is
 * judged as well when nobody can tell whether it needs the content, because a manifest cannot be read.
 */
export async function judgeNeeding(
  records: Pick<DiskRecords, 'needs' | 'tags'>,
  repository: RepositoryName,
  content: Digest,
  author: TagAuthor,
): Promise<readonly BereftTag[] | TagRefusal> {
  const tags = await readSound(records, repository);
  if ('kind' in tags) return tags;
  const need = await records.needs.find(repository, content);
  const bereft: BereftTag[] = [];
  const refusals: TagRefusal[] = [];
  for (const [tag, digest] of tagsAmong(tags, need, content)) {
    if (refusals.length === refusedTagsMax) break;
    const standing = { digest };
    const decision = author.judge(tag, { kind: 'delete' }, standing);
    if (!decision.allowed) {
      const doubts = need.needing.has(digest) ? [] : [unreadableReason(`${repository}:${tag}`, need.unreadable)];
      refusals.push({ kind: 'refused', tag, needs: content, standing, reasons: [...doubts, ...decision.reasons] });
    } else if (decision.overridden.length > 0) bereft.push({ tag, overridden: decision.overridden });
  }
  return joined(refusals) ?? bereft;
}

/** The tags that need the content, or may need it, without those that name it themselves. */
function* tagsAmong(
  tags: TagsByDigest['tags'],
  { needing, doubtful }: FoundNeed,
  content: Digest,
): Iterable<readonly [Tag, Digest]> {
  for (const digest of new Set([...needing, ...doubtful])) {
    if (digest !== content) for (const tag of tags.get(digest) ?? []) yield [tag, digest];
  }
}

/** What tags name. A disk may give back later what it did not give before: then it is asked anew. */
async function readSound(
  records: Pick<DiskRecords, 'tags'>,
  repository: RepositoryName,
): Promise<TagsByDigest['tags'] | TagRefusal> {
  const { tags, damaged } = await records.tags.byDigest(repository);
  const refusal = await refuseDamaged(records, repository, damaged);
  if (refusal !== undefined) return refusal;
  if (damaged.size === 0) return tags;
  records.tags.forgetDigests(repository);
  return readSound(records, repository);
}

/** A damaged tag may name the manifest, and nobody could bring it back then: it has to be mended first, or go itself. */
async function refuseDamaged(
  { tags }: Pick<DiskRecords, 'tags'>,
  repository: RepositoryName,
  damaged: ReadonlySet<Tag>,
): Promise<TagRefusal | undefined> {
  for (const tag of [...damaged].sort()) {
    const { standing } = await tags.open(repository, tag);
    const reason = damagedTagReason(repository, tag, standing);
    if (reason !== undefined) return { kind: 'refused', tag, standing, reasons: [reason] };
  }
  return undefined;
}

function unreadableReason(tag: string, unreadable: ReadonlySet<Digest>): Reason {
  const [one] = unreadable;
  return {
    code: 'MANIFEST_UNREADABLE',
    message: `nobody can tell what ${tag} needs, since a manifest cannot be read: ${one}`,
    wayOut: 'push the image again, so that its manifests can be read; an administrator can break glass with a reason',
  };
}

function joined(refusals: readonly TagRefusal[]): TagRefusal | undefined {
  const sorted = refusals.toSorted((one, other) => (one.tag < other.tag ? -1 : 1));
  return sorted[0] && { ...sorted[0], reasons: sorted.flatMap(({ reasons }) => reasons) };
}
