/** What a client has learnt of its registry's referrers API. */
import type { Descriptor } from '../spec/descriptor.ts';
import type { RepositoryName } from '../spec/repository-name.ts';
import type { NoReferrerList } from './referrers-api.ts';

/** What the API said. */
export type ApiAnswer = readonly Descriptor[] | NoReferrerList;

/**
 * By repository, since one registry may have some with the API and some without: those that stand for another registry's
 * offer what that one does. It lasts as long as the client.
 */
export interface ReferrersSupport {
  /** Whether the repository was found to have no such API. */
  isMissing(repository: RepositoryName): boolean;
  /** What the API says; not asked where it was found missing, nor while the first question is under way. */
  ask(repository: RepositoryName, question: () => Promise<ApiAnswer>): Promise<ApiAnswer>;
}

/** Nothing learnt yet. */
export function openReferrersSupport(): ReferrersSupport {
  const missing = new Set<RepositoryName>();
  const firstQuestions = new Map<RepositoryName, Promise<void>>();
  return {
    isMissing: (repository) => missing.has(repository),
    async ask(repository, question) {
      await firstQuestions.get(repository);
      if (missing.has(repository)) return 'no such API';
      const answer = question();
      const learnt = answer.then(
        (said) => void (said === 'no such API' && missing.add(repository)),
        () => {},
      );
      if (!firstQuestions.has(repository)) firstQuestions.set(repository, learnt);
      await learnt;
      return await answer;
    },
  };
}
