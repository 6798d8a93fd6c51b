/** How many referrers are followed: whoever may push to a repository can make any number of them. */
import { IntegrityError } from '../../../errors/errors.ts';
import type { Digest } from '../../spec/digest.ts';

/** Referrers of one subject that are read. Builds make some ten, and ten times as many in a long life. */
export const referrersPerSubjectMax = 10_000;

/** Referrers that one copy follows, of all subjects together. */
export const referrersMax = 5_000;

/** @throws IntegrityError MANIFEST_INVALID when `count` referrers of all subjects are more than we follow. */
export function assertReferrersInAll(count: number, at: Digest): void {
  if (count <= referrersMax) return;
  throw new IntegrityError({
    code: 'MANIFEST_INVALID',
    message: `graph too large: more than ${referrersMax} referrers: at ${at}`,
  });
}

/** @throws IntegrityError MANIFEST_INVALID when `count` referrers are more than we read. */
export function assertReferrerCount(count: number, subject: Digest): void {
  if (count <= referrersPerSubjectMax) return;
  throw new IntegrityError({
    code: 'MANIFEST_INVALID',
    message: `more than ${referrersPerSubjectMax} referrers of ${subject}`,
  });
}
