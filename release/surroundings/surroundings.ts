/** What the place that runs a release knows of its source: the commit, what it is called there, and who asks. */

/** The commit and its names. */
export interface Surroundings {
  readonly system: 'github' | 'gitlab' | 'jenkins' | 'git';
  /** Commit as hexadecimal digits: of a pull request its head, not the merge that the system made of it. */
  readonly commit: string | undefined;
  /** Address of the source repository. */
  readonly source: string | undefined;
  /** Epoch milliseconds. */
  readonly committedAt: number | undefined;
  readonly ref: SourceRef;
  /** Somebody without access to our secrets asks: nothing can be pushed. */
  readonly isForeign: boolean;
  /** Address of the run, for people. */
  readonly runUrl: string | undefined;
  /** Who caused the run, as the system calls them. */
  readonly actor: string | undefined;
}

/** What the commit was found under. */
export type SourceRef =
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'branch'; readonly name: string; readonly isDefault: boolean }
  | { readonly kind: 'pull-request'; readonly number: number }
  /** A run by the clock, on a branch; `at` in epoch milliseconds. */
  | { readonly kind: 'schedule'; readonly branch: string; readonly at: number }
  | { readonly kind: 'none' };
