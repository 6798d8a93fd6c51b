/** The copy of an image: its graph, then the tags that name it. */
import type { Digest } from '../spec/digest.ts';
import type { Tag } from '../spec/tag.ts';
import type { CopyOptions, CopyResult } from './copy-graph.ts';
import { copyToMany } from './copy-to-many.ts';
import type { Source, Target } from './target.ts';

/**
 * Copies what `tagOrDigest` names at the source and points the tags at it, in the order given, when all of it is there:
 * a reader of the target never sees a tag whose content is incomplete. Tags that point there already are left alone,
 * and when all of them do, nothing else is asked.
 *
 * @throws NotFoundError MANIFEST_UNKNOWN when the source has no such manifest; what `copyGraph` and `pushTag` throw.
 */
export async function copy(
  source: Source,
  tagOrDigest: Tag | Digest,
  target: Target,
  tags: readonly Tag[],
  options: CopyOptions = {},
): Promise<CopyResult> {
  const [outcome] = await copyToMany(source, tagOrDigest, [{ target, tags }], options);
  if (outcome?.kind === 'copied') return outcome.result;
  throw outcome?.cause;
}
