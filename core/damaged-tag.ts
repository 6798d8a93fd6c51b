/** Why a tag whose record is damaged is not changed: whatever it names may be written once, or newer than the writer. */
import type { Reason } from './decision.ts';

/** The reason against every change of the tag, whose own record is damaged or that of the removed one; undefined when neither is. */
export function damagedTagReason(
  repository: string,
  tag: string,
  { damaged }: { readonly damaged?: 'tag' | 'removed' },
): Reason | undefined {
  if (damaged === undefined) return undefined;
  const lost = damaged === 'tag' ? 'names' : 'named before it was removed';
  return {
    code: 'TAG_DAMAGED',
    message: `the record of ${repository}:${tag} is damaged: nobody knows what it ${lost}`,
    wayOut: 'an administrator breaks glass and restores it, with `registry-action tags restore`',
  };
}
