/** A comment on an issue or pull request, as the payload of its event has it. */
import { eventPayload } from './event-payload.ts';

export interface GithubComment {
  readonly id: number;
  readonly body: string;
  /** Login of who wrote it. */
  readonly author: string;
  /** What the author is to the repository: OWNER, MEMBER, COLLABORATOR, CONTRIBUTOR, NONE and others. */
  readonly association: string;
  /** Number of the issue or pull request. */
  readonly number: number;
  readonly isOnPullRequest: boolean;
  /** Address of the comment, for people. */
  readonly url: string | undefined;
}

/** The comment that was written or changed; undefined when the event has none, or it was deleted. */
export function readGithubComment(event: unknown): GithubComment | undefined {
  const payload = eventPayload(event);
  const [id, number] = [payload.number('comment.id'), payload.number('issue.number')];
  const [body, author] = [payload.text('comment.body'), payload.text('comment.user.login')];
  if (id === undefined || number === undefined || body === undefined || author === undefined) return undefined;
  if (payload.text('action') === 'deleted') return undefined;
  return {
    id,
    body,
    author,
    association: payload.text('comment.author_association') ?? 'NONE',
    number,
    isOnPullRequest: payload.has('issue.pull_request'),
    url: payload.text('comment.html_url'),
  };
}
