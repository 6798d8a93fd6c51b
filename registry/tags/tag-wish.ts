/** What a request that moves or removes one tag asks for. */
import { isTagReason, tagReasonCharsMax } from '../../core/tag-reason.ts';
import { InputError } from '../../errors/errors.ts';
import { type Digest, isDigest } from '../../oci/spec/digest.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { EndpointExchange } from '../http/endpoint.ts';
import { readJsonBody } from '../http/json-body.ts';
import type { TagAuthor } from '../storage.ts';
import { type AuthorInit, tagAuthor } from './tag-author.ts';
import { tagPathTo } from './tag-path.ts';

export interface TagWish {
  /** The body. */
  readonly asked: Readonly<Record<string, unknown>>;
  readonly repository: AuthorInit['repository'];
  readonly tag: Tag;
  readonly dryRun: boolean;
  /** Refuses what the rules refuse, and a tag that is not what the request expects. */
  readonly author: TagAuthor;
}

/**
 * The wish of a request to the tag's resource of that word. Keys of the body: `expect`, the digest that the tag has to
 * name for it; `reason`; `dryRun`.
 * @throws InputError REQUEST_INVALID, BREAK_GLASS_INVALID; NotFoundError MANIFEST_UNKNOWN.
 */
export async function readTagWish(exchange: EndpointExchange, word: string, how: AuthorInit['how']): Promise<TagWish> {
  const { repository, tag } = tagPathTo(exchange.rest, [word]);
  const asked = await readJsonBody(exchange.body);
  const { reason, dryRun = false } = asked;
  const isText = typeof reason === 'string' && isTagReason(reason);
  if (reason !== undefined && !isText) throw invalid('reason', `one line of at most ${tagReasonCharsMax} characters`);
  if (typeof dryRun !== 'boolean') throw invalid('dryRun', 'true or false');
  const author = tagAuthor(exchange, { repository, how, ...(isText ? { reason } : {}) });
  if ('kind' in author) throw new InputError({ code: 'BREAK_GLASS_INVALID', message: author.why });
  return { asked, repository, tag, dryRun, author: expecting(author, digestIn(asked, 'expect')) };
}

/**
 * The digest at a key of the body; undefined when there is none.
 * @throws InputError REQUEST_INVALID.
 */
export function digestIn(asked: TagWish['asked'], key: string): Digest | undefined {
  const written = asked[key];
  if (written === undefined) return undefined;
  if (typeof written === 'string' && isDigest(written)) return written;
  throw invalid(key, 'a digest');
}

function expecting(author: TagAuthor, expected: Digest | undefined): TagAuthor {
  if (expected === undefined) return author;
  return {
    ...author,
    judge(tag, change, standing) {
      if (standing.digest === expected) return author.judge(tag, change, standing);
      const found = standing.digest ?? 'nothing';
      const message = `${tag} names ${found}, not ${expected}`;
      return {
        allowed: false,
        reasons: [{ code: 'TAG_UNEXPECTED', message, wayOut: 'look at its history, and decide anew' }],
      };
    },
  };
}

function invalid(key: string, wanted: string): InputError {
  return new InputError({ code: 'REQUEST_INVALID', message: `${key} is not ${wanted}` });
}
