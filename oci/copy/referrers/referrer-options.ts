/** How referrers are taken along by a copy. */
import { systemTiming, type Timing } from '../../client/wire/timing.ts';

export interface ReferrerOptions {
  /** Levels of referrers of referrers: 1 for those of the image alone. */
  readonly depth?: number;
  /** Also what cosign keeps under tags of its own: signatures, attestations, lists of contents. */
  readonly cosignTags?: boolean;
  /** Artifact types that stay behind, by what the list of referrers says of them. */
  readonly leftOut?: ReadonlySet<string>;
  /** How long referrers of the first subject are waited for that are not there yet: signing comes after pushing. */
  readonly waitMs?: number;
  /** As soon as the first subject has so many, the wait is over; with `required`, fewer in the end fail the copy. */
  readonly expect?: number;
  /** Whatever cannot be carried fails the copy. */
  readonly required?: boolean;
  readonly timing?: Pick<Timing, 'now' | 'sleep'>;
}

/**
 * Three levels are the image's signature, its list of contents with a signature of that, and one more. Waiting is for
 * those who know that something is to come.
 */
export const referrerDefaults = {
  depth: 3,
  cosignTags: true,
  waitMs: 0,
  required: false,
  timing: systemTiming,
} as const;

/** Deepest level that is followed, whatever is asked for. */
export const referrerDepthMax = 8;
