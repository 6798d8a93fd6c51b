/** What a command line wants of signatures, attestations and other referrers. */
import type { ReferrerOptions } from '../../oci/copy/referrers/referrer-options.ts';
import type { ReferrerReport } from '../../oci/copy/referrers/referrer-report.ts';
import type { Tag } from '../../oci/spec/tag.ts';
import { formatRepository } from '../location.ts';
import type { CopyPlan } from './plan-copy.ts';

export interface ReferrerWish {
  /** `demanded`: what cannot be carried makes the copy incomplete. */
  readonly mode: 'none' | 'taken along' | 'demanded';
  /** How long those are waited for that are not there yet. */
  readonly waitMs: number;
}

/**
 * How the referrers of an image are copied; undefined when they are not. They are taken along with what is new; of an
 * image that is there already they are asked for only when they are demanded, so that a mirror which looks every minute
 * costs no more than the look.
 */
export function referrersOf(wish: ReferrerWish, plans: readonly CopyPlan[]): ReferrerOptions | undefined {
  const isWanted = wish.mode === 'demanded' || (wish.mode === 'taken along' && plans.some(isNews));
  return isWanted && !plans.some(({ tags }) => tags.some(isReferrerTag)) ? { waitMs: wish.waitMs } : undefined;
}

/** Whether something that was demanded is not there. */
export function isLacking({ mode, waitMs }: ReferrerWish, report: ReferrerReport | undefined): boolean {
  if (mode !== 'demanded' || report === undefined) return false;
  return report.failed.length > 0 || (waitMs > 0 && report.carried.length + report.present.length === 0);
}

/** Within one repository whatever points at the image does so already. */
function isNews({ job, tags, present, root }: CopyPlan): boolean {
  if (formatRepository(job.source) === formatRepository(job.target)) return false;
  const names = tags.length === 0 ? [root.digest] : tags;
  return names.some((name) => present.get(name)?.digest !== root.digest);
}

/** Tags that are themselves how a referrer is kept, by cosign or by clients of registries that list none. */
const referrerTagGrammar = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.[a-z]+)?$/;

function isReferrerTag(tag: Tag): boolean {
  return referrerTagGrammar.test(tag);
}
