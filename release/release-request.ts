/** What a release is asked to do, free of nonsense: every text parsed, every default filled in. */
import type { LadderPolicy } from '../core/ladder-policy.ts';
import type { Version } from '../core/version.ts';
import type { RepositoryName } from '../oci/spec/repository-name.ts';
import type { Tag } from '../oci/spec/tag.ts';
import type { BuildRequest } from './builders/builder.ts';

/** A release, or the image of a commit that is none. */
export interface ReleaseRequest {
  /** Where it goes, in order; the first one is pushed to, the others are copied to. At least one. */
  readonly images: readonly ImagePlace[];
  readonly subject: ReleaseSubject;
  readonly revision: Revision;
  readonly policy: ReleasePolicy;
  readonly build: BuildRequest;
  readonly effects: ReleaseEffects;
}

/** One repository the image goes to. */
export interface ImagePlace {
  /** `host[:port]`, as in references. */
  readonly registry: string;
  readonly repository: RepositoryName;
  /** Without it the release counts as failed; with an optional one missing it is partly done. */
  readonly isRequired: boolean;
}

/** What names the image. */
export type ReleaseSubject =
  /** A version climbs the tag ladder; `extraTags` are moved to it besides, such as `sha-1a2b3c4`. */
  | { readonly kind: 'version'; readonly version: Version; readonly extraTags: readonly Tag[] }
  /** Tags of a branch, pull request, schedule or commit: all of them move, none is ranked. */
  | { readonly kind: 'ref'; readonly tags: readonly Tag[] };

/** The source the image is made from. */
export interface Revision {
  /** Commit, as hexadecimal digits; undefined when nobody told. */
  readonly commit: string | undefined;
  /** Address of the source repository; undefined when nobody told. */
  readonly source: string | undefined;
  /** Time of the commit in epoch milliseconds: the image is `created` then, whenever it is built. */
  readonly committedAt: number | undefined;
}

/** What decides about tags. */
export interface ReleasePolicy {
  readonly ladder: LadderPolicy;
  /** An exact tag that names the image of another commit: refuse, or overwrite it. The image of this commit is adopted. */
  readonly onExisting: 'refuse' | 'overwrite';
  /** What is published stays, whatever `onExisting` says: a word from above the one who releases. */
  readonly isProtected: boolean;
  /** When a required registry failed: leave the floating tags of all others where they are, or move them. */
  readonly partial: 'refuse' | 'allow';
}

/** What is allowed to change. */
export interface ReleaseEffects {
  /** False: build only. */
  readonly push: boolean;
  /** The image is also given to the builder's own storage, so that later steps can run it. */
  readonly load: boolean;
  /** Nothing is built or written; the outcome says what would be. */
  readonly dryRun: boolean;
}
