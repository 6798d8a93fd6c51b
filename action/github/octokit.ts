/** GitHub's API, as far as replies need it. The one file that knows its client, and bundled on its own. */
import { getOctokit } from '@actions/github';

/** Where comments are written, and with what. */
export interface GithubInit {
  readonly token: string;
  /** Origin and path of the API: of github.com, or of a server of one's own. */
  readonly apiUrl: string;
  readonly owner: string;
  readonly repository: string;
}

/** Comments and reactions of one repository. Errors are the client's own. */
export interface GithubComments {
  /** Writes a comment under an issue or pull request; answers its address. */
  reply(issue: number, markdown: string): Promise<string>;
  /** Marks a comment as seen. */
  react(comment: number, reaction: 'eyes' | 'rocket' | 'confused'): Promise<void>;
}

/** A client that has not asked anything yet. */
export function openGithubComments({ token, apiUrl, owner, repository }: GithubInit): GithubComments {
  const { rest } = getOctokit(token, { baseUrl: apiUrl });
  const repo = { owner, repo: repository };
  return {
    async reply(issue, markdown) {
      const answer = await rest.issues.createComment({ ...repo, issue_number: issue, body: markdown });
      return answer.data.html_url;
    },
    async react(comment, reaction) {
      await rest.reactions.createForIssueComment({ ...repo, comment_id: comment, content: reaction });
    },
  };
}
