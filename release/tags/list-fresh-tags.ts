/** The tags of a repository, as new as our own writes. */
import type { Target } from '../../oci/copy/target.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { ReleaseRun } from '../release-run.ts';

/** How often a list is asked for that lacks what was written. With the delays below, some 8 s. */
const attemptsMax = 6;

/** First delay; each further one is twice as long. */
const firstDelayMs = 250;

/**
 * Every tag, completely; undefined when the list goes on lacking what was `written` here. Some registries list from a
 * copy that lags behind: who ranks versions by such a list does not see those that were released just now. One that
 * shows our own tags shows what was written before them, unless the copy is filled out of order.
 *
 * @throws what the listing throws rather than end early.
 */
export async function listFreshTags(
  { signal, timing }: ReleaseRun,
  target: Target,
  written: readonly Tag[],
): Promise<ReadonlySet<Tag> | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const tags = new Set<Tag>();
    for await (const tag of target.listTags(signal)) tags.add(tag);
    if (written.every((tag) => tags.has(tag))) return tags;
    if (attempt === attemptsMax) return undefined;
    await timing.sleep(firstDelayMs * 2 ** (attempt - 1), signal);
  }
}
