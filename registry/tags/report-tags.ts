/** Telling of tags that were changed. */
import type { RepositoryName } from '../../oci/spec/repository-name.ts';
import type { OnRegistryEvent } from '../registry-event.ts';
import type { ChangedTag } from '../storage.ts';

/** One event for each tag that was moved or removed, and one where break-glass was needed. */
export function reportTags(onEvent: OnRegistryEvent, repository: RepositoryName, changed: readonly ChangedTag[]): void {
  for (const { tag, move, overridden } of changed) {
    const { by: actor, how, reason, from, to, lost } = move;
    if (to !== undefined && lost === undefined) onEvent({ kind: 'tag-moved', repository, tag, actor, move });
    if (to === undefined && how !== 'manifest-delete') onEvent({ kind: 'tag-deleted', repository, tag, actor, move });
    if (overridden.length > 0) {
      const codes = overridden.map(({ code }) => code);
      onEvent({ kind: 'glass-broken', ...{ repository, tag, actor, codes, from, to, lost, reason: reason ?? '' } });
    }
  }
}
