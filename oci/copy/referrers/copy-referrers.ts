/** The copy of what points at an image: signatures, attestations, lists of contents, and what points at those. */
import { NotFoundError } from '../../../errors/errors.ts';
import type { Descriptor } from '../../spec/descriptor.ts';
import type { Digest } from '../../spec/digest.ts';
import { type CopyOptions, copyDefaults } from '../copy-graph.ts';
import { openCopyMemory } from '../copy-memory.ts';
import { openSlots } from '../slots.ts';
import type { Source, Target } from '../target.ts';
import { carrySubject, type ReferrerCarriage, type ReferrerOutcome } from './carry-subject.ts';
import { openSearch, type ReferrerLook } from './referrer-look.ts';
import { type ReferrerOptions, referrerDefaults, referrerDepthMax } from './referrer-options.ts';
import type { ReferrerReport } from './referrer-report.ts';
import type { ReferrerSearch } from './referrer-search.ts';
import { settleEach } from './settle-each.ts';

/** Subjects that are looked at, and referrers that are carried, at once: each is a handful of small requests. */
export const referrersAtOnce = 8;

/** What became of the referrers at one target. */
export type ReferrersOutcome =
  | { readonly kind: 'copied'; readonly report: ReferrerReport }
  | { readonly kind: 'failed'; readonly cause: unknown };

/**
 * Copies every referrer of the subjects that the target does not have, and the referrers of these. The subjects are at
 * the target already, or are about to be: a registry takes them in either order. Nothing at the target is lost by it.
 *
 * What cannot be carried is reported, and stops nothing else. Safe to repeat.
 *
 * @throws what the first referrer failed with when they are `required`; NotFoundError REFERRERS_ABSENT when fewer than
 * `expect` are there then; the signal's reason.
 */
export async function copyReferrers(
  source: Source,
  target: Target,
  subjects: readonly Descriptor[],
  options: ReferrerOptions = {},
  copy: CopyOptions = {},
): Promise<ReferrerReport> {
  const [outcome] = await copyReferrersToMany(source, [target], subjects, options, copy);
  if (outcome?.kind === 'copied') return outcome.report;
  throw outcome?.cause;
}

/**
 * Copies the referrers to every target, like `copyReferrers`, and answers the outcomes in the order given. The source is
 * asked what there is once for all of them; one that fails leaves the others alone.
 * @throws the signal's reason.
 */
export async function copyReferrersToMany(
  source: Source,
  targets: readonly Target[],
  subjects: readonly Descriptor[],
  options: ReferrerOptions = {},
  copy: CopyOptions = {},
): Promise<readonly ReferrersOutcome[]> {
  const digests = [...new Set(subjects.map(({ digest }) => digest))];
  const search = await openSearch(source, digests, options, copy.signal);
  return await carryToMany(source, targets, { subjects: digests, search }, options, copy);
}

/** The same for what a look has found. @throws the signal's reason. */
export async function carryToMany(
  source: Source,
  targets: readonly Target[],
  look: ReferrerLook,
  options: ReferrerOptions = {},
  copy: CopyOptions = {},
): Promise<readonly ReferrersOutcome[]> {
  const { memory = openCopyMemory(() => 0), concurrency = copyDefaults.concurrency, signal } = copy;
  const outcomes = await Promise.all(
    targets.map(async (target): Promise<ReferrersOutcome> => {
      // Whatever the target was before, by now the image is there.
      if (target.place !== undefined) memory.rememberTagged(target.place);
      const slots = openSlots(Math.min(referrersAtOnce, concurrency));
      const carriage = { source, target, copy: { ...copy, memory }, slots };
      try {
        return { kind: 'copied', report: await carryAll(carriage, look, options) };
      } catch (cause) {
        return { kind: 'failed', cause };
      }
    }),
  );
  signal?.throwIfAborted();
  return outcomes;
}

/** Level by level, so that a referrer is there before what points at it. */
async function carryAll(
  carriage: ReferrerCarriage,
  { search, subjects }: ReferrerLook,
  options: ReferrerOptions,
): Promise<ReferrerReport> {
  const { depth = referrerDefaults.depth, required = referrerDefaults.required, expect = 0 } = options;
  const outcomes: ReferrerOutcome[] = [];
  const seen = new Set(subjects);
  for (let level = 1, here = subjects; level <= Math.min(depth, referrerDepthMax) && here.length > 0; level += 1) {
    const settled = await settleEach(here.map((subject) => carrySubject(carriage, search, subject)));
    outcomes.push(...settled.flat());
    // A list may name a subject of an earlier level, or the same one twice: none is followed a second time.
    here = [...new Set(settled.flat().flatMap(digestThere))].filter((digest) => !seen.has(digest));
    for (const digest of here) seen.add(digest);
  }
  if (required) await assertComplete(outcomes, search, subjects, expect);
  return reportOf(outcomes, new Set(subjects));
}

function digestThere(outcome: ReferrerOutcome): readonly Digest[] {
  return outcome.kind === 'carried' || outcome.kind === 'present' ? [outcome.referrer.descriptor.digest] : [];
}

async function assertComplete(
  outcomes: readonly ReferrerOutcome[],
  search: ReferrerSearch,
  [first]: readonly Digest[],
  expect: number,
): Promise<void> {
  for (const outcome of outcomes) if (outcome.kind === 'failed') throw outcome.cause;
  const found = first === undefined ? [] : await search.find(first);
  if (found.length >= expect) return;
  throw new NotFoundError({
    code: 'REFERRERS_ABSENT',
    message: `${found.length} referrers found where ${expect} are expected: of ${first}`,
  });
}

/** Referrers without referrers of their own are no news; subjects are. */
function reportOf(outcomes: readonly ReferrerOutcome[], subjects: ReadonlySet<Digest>): ReferrerReport {
  const withOutcome = (kind: 'carried' | 'present') =>
    outcomes.flatMap((outcome) => (outcome.kind === kind ? [outcome.referrer] : []));
  return {
    carried: withOutcome('carried'),
    present: withOutcome('present'),
    absent: outcomes.flatMap((outcome) =>
      outcome.kind === 'absent' && subjects.has(outcome.subject) ? [outcome.subject] : [],
    ),
    failed: outcomes.flatMap((outcome) => {
      if (outcome.kind !== 'failed') return [];
      const { kind: _, cause, ...others } = outcome;
      return [{ ...others, code: cause.code, message: cause.message }];
    }),
  };
}
