/** What the place that runs a release knows of its source: the commit, what it is called there, and who asks. */
import type { SourceRef } from '../../core/source-ref.ts';

/** The commit and its names. */
export interface Surroundings {
  readonly system: 'github' | 'gitlab' | 'jenkins' | 'buildkite' | 'circleci' | 'git';
  /** Commit as hexadecimal digits: of a pull request its head, not the merge that the system made of it. */
  readonly commit: string | undefined;
  /** Address of the source repository, without credentials. */
  readonly source: string | undefined;
  /** Epoch milliseconds. */
  readonly committedAt: number | undefined;
  readonly ref: SourceRef;
  /** Somebody without access to our secrets asks: nothing is pushed, unless credentials are written out. */
  readonly isForeign: boolean;
  /** Address of the run, for people. */
  readonly runUrl: string | undefined;
  /** Who caused the run, as the system calls them. */
  readonly actor: string | undefined;
  /** The registry that the token of the run opens, and the user name that goes with it. */
  readonly ownRegistry: OwnRegistry | undefined;
}

/** A registry that belongs to the system. */
export interface OwnRegistry {
  /** `host[:port]`, as in references. */
  readonly registry: string;
  readonly username: string;
}
