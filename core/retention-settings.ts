/** Which tags an operator lets go of: rules, the first that is about a tag decides. */
import type { RepositoryPattern } from './repository-pattern.ts';

export interface RetentionSettings {
  /** None: every tag stays. */
  readonly rules: readonly RetentionRule[];
}

/** A tag that it is about stays for any one of the reasons it gives, and goes when it has none of them. */
export interface RetentionRule {
  readonly repositories: readonly RepositoryPattern[];
  /** Exact versions, or patterns of tags such as `pr-*`. */
  readonly tags: 'semver' | readonly string[];
  readonly keep: RetentionKeep;
  /** Whether it also lets go of tags that are written once; their names never name anything else all the same. */
  readonly writtenOnce: boolean;
}

/** At least one of them is given. */
export interface RetentionKeep {
  readonly newest?: { readonly count: number; readonly by: 'push' | 'version' };
  readonly pushedWithinMs?: number;
  readonly pulledWithinMs?: number;
}

/** What holds where nothing was chosen. */
export const defaultRetentionSettings: RetentionSettings = { rules: [] };
