/** The repositories of the registry. */
import { pageOfReadable } from '../access/readable-repositories.ts';
import { type Answer, jsonAnswer } from '../http/answer.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import { linkToNext, parsePageRequest } from '../http/page.ts';

/** What `/v2/_catalog` answers. */
export function catalogOperations(): Operations {
  return { GET: { verb: undefined, answer: listRepositories } };
}

/**
 * What the caller may pull. The specification only reserves the name, but every client knows the listing and its paging,
 * which is that of tags. Spec: distribution-spec v1.1.1, "Listing Tags".
 */
async function listRepositories({ storage, query, actor }: Exchange): Promise<Answer> {
  const request = parsePageRequest(query);
  if ('status' in request) return request;
  const { entries, more } = pageOfReadable(await storage.listRepositories(), actor, request);
  const last = entries.at(-1);
  const link = more && last !== undefined && linkToNext('/v2/_catalog', { n: String(request.entriesMax), last });
  return jsonAnswer({ repositories: entries }, link ? { headers: link } : {});
}
