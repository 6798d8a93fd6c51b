/** What became of one tag. */
import type { Digest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { TagOutcome } from '../release-outcome.ts';

/** The tag with what it named before and names now; `to` is undefined in the plan of an image that is not built yet. */
export function tagOutcome(
  tag: Tag,
  kind: TagOutcome['kind'],
  { from, to }: { readonly from: Digest | undefined; readonly to: Digest | undefined },
): TagOutcome {
  if (from === undefined) return { tag, kind, change: 'created', from, to };
  return { tag, kind, change: from === to ? 'unchanged' : 'moved', from, to };
}
