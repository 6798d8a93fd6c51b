/** The tags of a repository. */
import { type Answer, jsonAnswer, refusal } from '../http/answer.ts';
import type { Exchange, Operations } from '../http/exchange.ts';
import { cutPage, linkToNext, parsePageRequest } from '../http/page.ts';
import type { TagsRoute } from '../http/route.ts';

/** What `/v2/<name>/tags/list` answers. */
export function tagsOperations(route: TagsRoute): Operations {
  return { GET: { verb: 'pull', answer: (exchange) => listTags(route, exchange) } };
}

/** Spec: distribution-spec v1.1.1, "Listing Tags". */
async function listTags({ repository }: TagsRoute, { storage, query }: Exchange): Promise<Answer> {
  const request = parsePageRequest(query);
  if ('status' in request) return request;
  if (!(await storage.hasRepository(repository))) {
    return refusal(404, 'NAME_UNKNOWN', 'repository unknown', { detail: { name: repository } });
  }
  const { entries, more } = cutPage(await storage.listTags(repository), request);
  const last = entries.at(-1);
  const link =
    more && last !== undefined && linkToNext(`/v2/${repository}/tags/list`, { n: String(request.entriesMax), last });
  return jsonAnswer({ name: repository, tags: entries }, link ? { headers: link } : {});
}
