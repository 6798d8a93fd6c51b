/** One change of a tag, as its history keeps it: every tag that ever moved can be brought back. */
import type { Digest } from '../oci/spec/digest.ts';

/**
 * What moved the tag: a push, a promotion under a lane token, the bringing back of an earlier digest, its own deletion,
 * the deletion of its manifest, a retention rule, or the import of a registry's content. The deletion of content that it
 * needs moves nothing, and is in its history all the same.
 */
export const tagMoveWays = [
  'push',
  'promotion',
  'restore',
  'delete',
  'manifest-delete',
  'content-delete',
  'retention',
  'import',
] as const;
export type TagMoveWay = (typeof tagMoveWays)[number];

/** One change. */
export interface TagMove {
  /** Counted from 1 without gaps, over deletions as well. */
  readonly number: number;
  /** Epoch milliseconds. */
  readonly at: number;
  /** What it named before; undefined when it was not there. */
  readonly from?: Digest;
  /** What it names since; undefined when it was removed. */
  readonly to?: Digest;
  /** A manifest or blob that the image needs, and that was deleted by break-glass: the tag names the same, in vain. */
  readonly lost?: Digest;
  /** Who did it. */
  readonly by: string;
  readonly how: TagMoveWay;
  /** Lane token of the writer. */
  readonly fence?: number;
  /** Id of the command that a promotion carried out. */
  readonly command?: string;
  readonly reason?: string;
  /** Codes of the rules that break-glass overrode, which `reason` is about. */
  readonly overrode?: readonly string[];
}
