/** Where the resources of a tag are: `<repository>/<tag>/<word>`, read from the end, since a repository name has slashes. */
import { NotFoundError } from '../../errors/errors.ts';
import { isRepositoryName, type RepositoryName } from '../../oci/spec/repository-name.ts';
import { isTag, type Tag } from '../../oci/spec/tag.ts';

/** Below this path. A tag has no slash and each resource one word, so no two names lead to one place. */
export const tagPathRoot = '/admin/v1/tags/';

export interface TagPath {
  readonly repository: RepositoryName;
  readonly tag: Tag;
  readonly word: string;
}

/** What follows the root, read; undefined when it names no tag. */
export function parseTagPath(rest: string): TagPath | undefined {
  const segments = rest.split('/');
  const word = segments.pop() ?? '';
  const tag = segments.pop() ?? '';
  const repository = segments.join('/');
  return isTag(tag) && isRepositoryName(repository) ? { repository, tag, word } : undefined;
}

/**
 * The tag whose resource of that word the path names.
 * @throws NotFoundError MANIFEST_UNKNOWN.
 */
export function tagPathTo(rest: string, words: readonly string[]): TagPath {
  const path = parseTagPath(rest);
  if (path !== undefined && words.includes(path.word)) return path;
  throw new NotFoundError({ code: 'MANIFEST_UNKNOWN', message: `no such tag, or nothing of that name: ${rest}` });
}
