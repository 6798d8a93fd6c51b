/** Whether tags may be changed, each as it stands. The caller holds the locks. */
import type { Reason } from '../../core/decision.ts';
import type { TagChange } from '../../core/tag-rules.ts';
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { TagAuthor, TagRefusal } from '../storage.ts';
import type { OpenTag, TagStore } from './tag-store.ts';

/** Tags whose files are open at the same time: a manifest may have very many. */
const openedAtOnce = 32;

/** A tag that may be changed, as it stands, and the reasons against it that break-glass overrode. */
export interface JudgedTag {
  readonly opened: OpenTag;
  readonly overridden: readonly Reason[];
}

/** Every tag as it stands, when the author may change all of them. */
export async function judgeTags(
  store: Pick<TagStore, 'open'>,
  repository: RepositoryName,
  tags: readonly Tag[],
  author: TagAuthor,
  change: TagChange,
): Promise<readonly JudgedTag[] | TagRefusal> {
  const judged: JudgedTag[] = [];
  for (let start = 0; start < tags.length; start += openedAtOnce) {
    const some = tags.slice(start, start + openedAtOnce);
    for (const opened of await Promise.all(some.map((tag) => store.open(repository, tag)))) {
      const { tag, standing } = opened;
      const decision = author.judge(tag, change, standing);
      if (!decision.allowed) return { kind: 'refused', tag, standing, reasons: decision.reasons };
      judged.push({ opened, overridden: decision.overridden });
    }
  }
  return judged;
}
