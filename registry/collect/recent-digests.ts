/** What a tag named before, so that a collection keeps it. */
import type { TagMove } from '../../core/tag-move.ts';
import type { Digest } from '../../oci/spec/digest.ts';

/** A tag with its last moves, the oldest first. */
export interface MovedTag {
  readonly digest?: Digest;
  readonly moves: readonly Pick<TagMove, 'from'>[];
}

/** The digests it named before, the last first, each once, without the one it names now. */
export function recentDigests({ digest, moves }: MovedTag): readonly Digest[] {
  const before = moves.toReversed().flatMap(({ from }) => (from === undefined || from === digest ? [] : [from]));
  return [...new Set(before)];
}
