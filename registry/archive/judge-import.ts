/** Whether an import points a tag at what the other registry says. */
import type { TagDecision, TagStanding } from '../../core/tag-rules.ts';
import type { Digest } from '../../oci/spec/digest.ts';

/** What was moved or removed here since an earlier import was meant, and what is damaged may have been: only who says so overrides it. */
export function judgeImport({ digest, removed, damaged }: TagStanding, to: Digest, overwrite: boolean): TagDecision {
  const named = damaged ?? digest ?? removed;
  if (overwrite || named === undefined || named === to) return { allowed: true, overridden: [] };
  return { allowed: false, reasons: [] };
}
