/** What is answered when a tag may not be changed: why, with every reason. */
import type { Reason } from '../../core/decision.ts';
import { type Answer, refusal } from '../http/answer.ts';
import type { TagRefusal } from '../storage.ts';

/**
 * The answer to a change that the rules refuse: 412 for an older lane token, which the promotion service looks for, and
 * else DENIED, which container tools know: they print the message, and do not try again. Its status is 409 for what is
 * written once, or damaged, and so helps nobody to ask for, and 403 for all else. The tools print no detail, so that the
 * message has the way out. Spec: distribution-spec v1.1.1, "Error Codes".
 */
export function tagRefusal({ tag, standing, reasons, needs }: TagRefusal): Answer {
  const { digest } = standing;
  const detail = {
    tag,
    reasons,
    ...(digest === undefined ? {} : { digest }),
    ...(needs === undefined ? {} : { needs }),
  };
  const why = reasons.map((reason) => reason.message).join('; ');
  const waysOut = [...new Set(reasons.map((reason) => reason.wayOut))].join('; ');
  const message = `${needs === undefined ? why : `${needs} is needed: ${why}`}; ${waysOut}`;
  const status = statusOfReasons(reasons);
  if (status !== 412) return refusal(status, 'DENIED', message, { detail });
  return refusal(412, 'TAG_FENCED', message, { detail: { ...detail, fence: standing.fence } });
}

/** The status of a refusal: an older lane token first, then what is so for everybody, then what the caller may not. */
export function statusOfReasons(reasons: readonly Reason[]): 412 | 409 | 403 {
  if (includes(reasons, 'TAG_FENCED')) return 412;
  return ['TAG_DAMAGED', 'TAG_IMMUTABLE', 'TAG_UNEXPECTED'].some((code) => includes(reasons, code)) ? 409 : 403;
}

/** The answer to a wish for break-glass that cannot be understood. */
export function breakGlassInvalid(why: string): Answer {
  return refusal(400, 'BREAK_GLASS_INVALID', why);
}

function includes(reasons: readonly Reason[], code: string): boolean {
  return reasons.some((reason) => reason.code === code);
}
