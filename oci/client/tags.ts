/** The tags of one repository. */
import { isTag, type Tag } from '../spec/tag.ts';
import { listEntries } from './listing.ts';
import { type Remote, urlBelow } from './remote.ts';
import { repositoryUnknownCodes } from './wire/refusal.ts';

/**
 * Every tag, completely. Spec: distribution-spec v1.1.1, "Listing Tags".
 * @throws RegistryError rather than end early; a 404 that does not say NAME_UNKNOWN may come from a proxy, and is an error.
 */
export function listTags(remote: Remote, signal?: AbortSignal): AsyncIterable<Tag> {
  return listEntries(
    remote.exchange,
    {
      url: urlBelow(remote, 'tags/list'),
      asked: { operation: 'list tags', subject: remote.name },
      scopes: remote.pull,
      field: 'tags',
      isEntry: isTag,
      // A repository that was never pushed to has no tags.
      emptyCodes: repositoryUnknownCodes,
    },
    signal,
  );
}
