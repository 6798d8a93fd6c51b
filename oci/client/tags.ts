/** The tags of one repository. */
import { isTag, type Tag } from '../spec/tag.ts';
import { listEntries } from './listing.ts';
import { type Remote, urlBelow } from './remote.ts';
import { readRefusal, repositoryUnknownCodes } from './wire/refusal.ts';

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

/** Largest answer to the question for one tag; a registry that sends all its tags instead has some. */
const oneTagSizeBytesMax = 64 * 1024;

/**
 * Whether the registry says that the repository has no tag. Where it does not say so plainly, it may have some.
 * Spec: distribution-spec v1.1.1, "Listing Tags".
 */
export async function isEmpty(remote: Remote, signal?: AbortSignal): Promise<boolean> {
  const url = urlBelow(remote, 'tags/list');
  url.searchParams.set('n', '1');
  const asked = { operation: 'list tags', subject: remote.name };
  return await remote.exchange.send(
    { method: 'GET', url, asked, scopes: remote.pull, headers: { accept: 'application/json' }, signal },
    async (answer) => {
      if (answer.status === 200) return isEmptyList(await answer.readBytes(oneTagSizeBytesMax));
      const { status, specCodes } = await readRefusal(answer);
      return status === 404 && specCodes.some((code) => repositoryUnknownCodes.has(code));
    },
  );
}

/** Several registries write null for no tags. */
function isEmptyList(page: Uint8Array | undefined): boolean {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(page));
    if (typeof value !== 'object' || value === null || !('tags' in value)) return false;
    return value.tags === null || (Array.isArray(value.tags) && value.tags.length === 0);
  } catch {
    return false;
  }
}
