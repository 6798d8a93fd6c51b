/** The copy of one subject's referrers: each by itself, so that one which fails stops no other. */
import { CodedError, InvariantError } from '../../../errors/errors.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Digest } from '../../spec/digest.ts';
import { atSide } from '../copy-side.ts';
import type { Slots } from '../slots.ts';
import { type Carriage, type Carried, carryListed, carryTagged } from './carry-referrer.ts';
import { enterFallbackReferrers } from './referrer-fallback.ts';
import type { FoundReferrer } from './referrer-report.ts';
import { listReferrers, type ReferrerSearch } from './referrer-search.ts';
import { settleEach } from './settle-each.ts';

/** What became of a referrer, or of a subject that has none, or whose referrers cannot be listed. */
export type ReferrerOutcome =
  | { readonly kind: 'carried' | 'present'; readonly referrer: FoundReferrer }
  | { readonly kind: 'absent'; readonly subject: Digest }
  | {
      readonly kind: 'failed';
      readonly subject: Digest;
      readonly referrer?: FoundReferrer;
      readonly cause: CodedError;
    };

/** The way from source to target, and how much goes on at once on it. */
export interface ReferrerCarriage extends Carriage {
  readonly slots: Slots;
}

type Attempt<Result> = { readonly result: Result } | { readonly cause: CodedError };

/** Brings to the target what it lacks of the subject's referrers, and sees to it that it lists them. */
export async function carrySubject(
  carriage: ReferrerCarriage,
  search: ReferrerSearch,
  subject: Digest,
): Promise<readonly ReferrerOutcome[]> {
  const searched = await attempt(carriage, () => atSide('source', search.find(subject)));
  if ('cause' in searched) return [{ kind: 'failed', subject, ...searched }];
  const found = searched.result;
  if (found.length === 0) return [{ kind: 'absent', subject }];
  const listed = await attempt(carriage, () => listAtTarget(carriage, subject, found));
  if ('cause' in listed) return [{ kind: 'failed', subject, ...listed }];
  const attempts = await settleEach(
    found.map(async (referrer) => ({
      referrer,
      carried: await attempt(carriage, () => carry(carriage, referrer, listed.result)),
    })),
  );
  const entries = attempts.flatMap(({ carried }) => ('cause' in carried ? [] : entryToMake(carried.result)));
  const entered = entries.length === 0 ? undefined : await attempt(carriage, () => enter(carriage, subject, entries));
  return attempts.map(({ referrer, carried }) => {
    if ('cause' in carried) return { kind: 'failed', subject, referrer, ...carried };
    if (carried.result.kind === 'present') return { kind: 'present', referrer };
    if (carried.result.kind === 'unlisted' && entered !== undefined && 'cause' in entered) {
      return { kind: 'failed', subject, referrer, ...entered };
    }
    return { kind: 'carried', referrer };
  });
}

/** What the target lists of the subject already; it is not asked when there is nothing that it could list. */
async function listAtTarget(
  { target, copy }: ReferrerCarriage,
  subject: Digest,
  found: readonly FoundReferrer[],
): Promise<ReadonlySet<Digest>> {
  if (found.every(({ tag }) => tag !== undefined)) return new Set();
  const { referrers } = await atSide('target', listReferrers(target, subject, copy.signal));
  return new Set(referrers.map(({ digest }) => digest));
}

async function carry(
  carriage: ReferrerCarriage,
  referrer: FoundReferrer,
  listed: ReadonlySet<Digest>,
): Promise<Carried> {
  if (referrer.tag !== undefined) return await carryTagged(carriage, referrer, referrer.tag);
  if (listed.has(referrer.descriptor.digest)) return { kind: 'present' };
  return await carryListed(carriage, referrer);
}

function entryToMake(carried: Carried): readonly Descriptor[] {
  return carried.kind === 'unlisted' ? [carried.entry] : [];
}

async function enter(
  { target, copy }: ReferrerCarriage,
  subject: Digest,
  entries: readonly Descriptor[],
): Promise<void> {
  const entering =
    target.enterReferrers?.(subject, entries, copy.signal) ??
    enterFallbackReferrers(target, subject, entries, copy.signal);
  await atSide('target', entering);
}

/** What the work comes to in a slot of its own. What the caller stopped, and what is our mistake, is no outcome. */
async function attempt<Result>(
  { slots, copy }: ReferrerCarriage,
  work: () => Promise<Result>,
): Promise<Attempt<Result>> {
  return await slots(async () => {
    copy.signal?.throwIfAborted();
    try {
      return { result: await work() };
    } catch (cause) {
      copy.signal?.throwIfAborted();
      if (cause instanceof CodedError && !(cause instanceof InvariantError)) return { cause };
      throw cause;
    }
  });
}
