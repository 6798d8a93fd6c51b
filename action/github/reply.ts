/** Replies to the comments of an issue or pull request. */
import type { GithubComment } from '../../release/surroundings/github-comment.ts';
import type { Runner } from '../runner.ts';

/** Where a comment is replied to. Replies never fail a step: what was asked for has been done, or has not. */
export interface Replies {
  /** The comment was seen. */
  acknowledge(): Promise<void>;
  reply(markdown: string): Promise<void>;
}

/** Replies nowhere but in the log. */
function openSilentReplies(runner: Runner): Replies {
  return {
    acknowledge: async () => undefined,
    reply: async () => runner.say('no token to reply with: see the summary'),
  };
}

/** Replies with the token; GitHub's client is loaded now. */
export async function openReplies(runner: Runner, token: string | undefined, comment: GithubComment): Promise<Replies> {
  const [owner, repository] = runner.env['GITHUB_REPOSITORY']?.split('/') ?? [];
  if (token === undefined || owner === undefined || repository === undefined) return openSilentReplies(runner);
  const { openGithubComments } = await import('./octokit.ts');
  const apiUrl = runner.env['GITHUB_API_URL'] || 'https://api.github.com';
  const comments = openGithubComments({ token, apiUrl, owner, repository });
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      runner.annotate({
        kind: 'warning',
        title: 'No reply',
        message:
          `${what} failed: ${error instanceof Error ? error.message : String(error)}\n` +
          'way out: give the job the permissions issues: write and pull-requests: write',
      });
    }
  };
  return {
    acknowledge: () => attempt('the reaction to the comment', () => comments.react(comment.id, 'eyes')),
    reply: (markdown) => attempt('the reply to the comment', () => comments.reply(comment.number, markdown)),
  };
}
