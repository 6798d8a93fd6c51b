/** Signatures, attestations and other referrers of a copied image, taken along. */

import { CodedError } from '../../errors/errors.ts';
import type { CopyOptions } from '../../oci/copy/copy-graph.ts';
import { copyReferrersToMany } from '../../oci/copy/copy-referrers.ts';
import { atSide } from '../../oci/copy/copy-side.ts';
import { listSubjects } from '../../oci/copy/list-subjects.ts';
import type { ReferrerReport } from '../../oci/copy/referrer-report.ts';
import type { Target } from '../../oci/copy/target.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import type { CopyRoot } from './plan-copy.ts';

/** What is wanted of referrers. */
export interface ReferrerWish {
  /** `demanded`: what cannot be carried makes the copy incomplete. */
  readonly mode: 'none' | 'taken along' | 'demanded';
  /** How long those are waited for that are not there yet. */
  readonly waitMs: number;
}

/** Tags that are themselves how a referrer is kept, by cosign or by clients of registries that list none. */
const referrerTagGrammar = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.[a-z]+)?$/;

/** Whether these are tags of an image, not of something that points at one. */
export function mayHaveReferrers(tags: readonly Tag[]): boolean {
  return !tags.some((tag) => referrerTagGrammar.test(tag));
}

/**
 * What became of the referrers at each target, in their order; nothing when none are wanted. They are taken along with
 * what is copied; of an image that was there already they are asked for only when they are demanded, so that a mirror
 * which looks every minute costs no more than the look.
 */
export async function carryReferrers(
  { source, root }: CopyRoot,
  targets: readonly Target[],
  wish: ReferrerWish & { readonly isNew: boolean },
  options: CopyOptions,
): Promise<readonly ReferrerReport[]> {
  const { mode, isNew, waitMs } = wish;
  const isWanted = mode === 'demanded' || (mode === 'taken along' && isNew);
  if (!isWanted || targets.length === 0) return [];
  try {
    const manifest = await atSide('source', source.fetchManifest(root.digest, options.signal));
    const subjects = await listSubjects(source, manifest, options.signal);
    const outcomes = await copyReferrersToMany(source, targets, subjects, { waitMs }, options);
    return outcomes.map((outcome) => {
      if (outcome.kind === 'failed') throw outcome.cause;
      return outcome.report;
    });
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!(error instanceof CodedError)) throw error;
    // The image is there by now: that nobody knows what points at it does not undo that.
    const { code, message } = error;
    const failed = [{ subject: root.digest, code, message }];
    return targets.map(() => ({ carried: [], present: [], absent: [], failed }));
  }
}

/** Whether something that was demanded is not there. */
export function isLacking({ mode, waitMs }: ReferrerWish, report: ReferrerReport | undefined): boolean {
  if (mode !== 'demanded' || report === undefined) return false;
  return report.failed.length > 0 || (waitMs > 0 && report.carried.length + report.present.length === 0);
}
