/** Which of a repository's tags are copied. */
import { InputError, NotFoundError } from '../../errors/errors.ts';
import type { Source } from '../../oci/copy/target.ts';
import type { Tag } from '../../oci/spec/tag.ts';

/** Patterns in which `*` stands for any characters and `?` for one. */
export interface TagPatterns {
  readonly match: readonly string[];
  readonly except: readonly string[];
}

/**
 * Says of a tag whether it is copied: it suits one of the patterns to match, or there are none, and no exception.
 * @throws InputError REQUEST_INVALID for a pattern that no tag can suit.
 */
export function tagFilter({ match, except }: TagPatterns): (tag: Tag) => boolean {
  const [wanted, unwanted] = [match.map(parsePattern), except.map(parsePattern)];
  return (tag) =>
    (wanted.length === 0 || wanted.some((pattern) => pattern.test(tag))) &&
    !unwanted.some((pattern) => pattern.test(tag));
}

/**
 * The tags of the repository that suit.
 * @throws NotFoundError MANIFEST_UNKNOWN when none does.
 */
export async function listMatching(
  source: Source,
  isWanted: (tag: Tag) => boolean,
  place: string,
  signal: AbortSignal,
): Promise<readonly Tag[]> {
  const listed: Tag[] = [];
  let count = 0;
  for await (const tag of source.listTags(signal)) {
    count += 1;
    if (isWanted(tag)) listed.push(tag);
  }
  if (listed.length > 0) return listed;
  const message =
    count === 0
      ? `no such repository, or it has no tags: ${place}`
      : `none of ${count} tags suits the patterns: ${place}`;
  throw new NotFoundError({
    code: 'MANIFEST_UNKNOWN',
    message,
    wayOut: count === 0 ? 'see that its name is spelled right' : `see them with: registry-action tags ${place}`,
  });
}

/** What tags consist of, and the two signs; nothing else, so that a pattern is safe to compile. */
const patternGrammar = /^[\w.*?-]{1,256}$/;

function parsePattern(text: string): RegExp {
  if (!patternGrammar.test(text)) {
    throw new InputError({
      code: 'REQUEST_INVALID',
      message: `not a pattern of tags: ${JSON.stringify(text)}`,
      wayOut: "write * for any characters and ? for one, in quotes, such as '1.*'",
    });
  }
  // A row of stars means one: left as it is, it would make the search slow beyond all measure.
  const source = text.replace(/\*+/g, '*').replace(/[.-]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${source}$`);
}
