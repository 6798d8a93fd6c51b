/** Telling of tags that were changed. */
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { ChangedTag } from '../storage.ts';

/** One event for each tag, and one more where break-glass was needed for it. */
export function reportTags(onEvent: OnRegistryEvent, repository: RepositoryName, changed: readonly ChangedTag[]): void {
  for (const { tag, move, overridden } of changed) {
    const { by: actor, how, reason, from } = move;
    if (move.to !== undefined) onEvent({ kind: 'tag-moved', repository, tag, actor, move });
    else if (how !== 'manifest-delete') onEvent({ kind: 'tag-deleted', repository, tag, actor, move });
    if (overridden.length > 0) {
      const codes = overridden.map(({ code }) => code);
      onEvent({ kind: 'glass-broken', ...{ repository, tag, actor, codes, from, to: move.to, reason: reason ?? '' } });
    }
  }
}
