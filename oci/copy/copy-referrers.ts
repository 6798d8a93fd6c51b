/** The copy of what points at an image: signatures, attestations, lists of contents, and what points at those. */
import { IntegrityError, NotFoundError } from '../../errors/errors.ts';
import type { Descriptor } from '../spec/descriptor.ts';
import type { Digest } from '../spec/digest.ts';
import { carrySubject, type ReferrerOutcome } from './carry-subject.ts';
import type { CopyOptions } from './copy-graph.ts';
import { openCopyMemory } from './copy-memory.ts';
import { type ReferrerOptions, referrerDefaults, referrerDepthMax } from './referrer-options.ts';
import type { ReferrerReport } from './referrer-report.ts';
import { openReferrerSearch, type ReferrerSearch } from './referrer-search.ts';
import { awaitReferrers } from './referrer-wait.ts';
import { settleEach } from './settle-each.ts';
import { openSlots } from './slots.ts';
import type { Source, Target } from './target.ts';

/** Referrers that one copy follows, of all subjects together: whoever may push can make any number of them. */
export const referrersMax = 5_000;

/** Subjects that are looked at, and referrers that are carried, at once: each is a handful of small requests. */
const atOnce = 8;

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
  const digests = [...new Set(subjects.map(({ digest }) => digest))];
  const [first] = digests;
  if (first === undefined) return { carried: [], present: [], absent: [], failed: [] };
  const memory = copy.memory ?? openCopyMemory(() => 0);
  // Whatever the target was before, by now the image is there.
  if (target.place !== undefined) memory.rememberTagged(target.place);
  const carriage = { source, target, copy: { ...copy, memory }, slots: openSlots(atOnce) };
  const search = await openSearch(source, first, digests.length, options, copy.signal);
  const depth = Math.min(options.depth ?? referrerDefaults.depth, referrerDepthMax);
  const budget = openBudget(search);

  const outcomes: ReferrerOutcome[] = [];
  const seen = new Set(digests);
  for (let level = 1, here = digests; level <= depth && here.length > 0; level += 1) {
    const settled = await settleEach(here.map((subject) => carrySubject(carriage, budget, subject)));
    outcomes.push(...settled.flat());
    // A list may name a subject of an earlier level, or the same one twice: none is followed a second time.
    here = [...new Set(settled.flat().flatMap(digestThere))].filter((digest) => !seen.has(digest));
    for (const digest of here) seen.add(digest);
  }
  if (options.required) await assertComplete(outcomes, search, first, options.expect ?? 0);
  return reportOf(outcomes, new Set(digests));
}

async function openSearch(
  source: Source,
  first: Digest,
  subjects: number,
  options: ReferrerOptions,
  signal: AbortSignal | undefined,
): Promise<ReferrerSearch> {
  const { cosignTags = referrerDefaults.cosignTags, waitMs = referrerDefaults.waitMs } = options;
  const { timing = referrerDefaults.timing, expect = 1 } = options;
  const open = () => openReferrerSearch({ source, cosignTags, subjects, signal });
  return waitMs > 0 ? await awaitReferrers(open, first, { waitMs, expect, timing, signal }) : open();
}

/** The same search, as long as it has not found more than we follow. */
function openBudget(search: ReferrerSearch): ReferrerSearch {
  let found = 0;
  return {
    async find(subject) {
      const referrers = await search.find(subject);
      found += referrers.length;
      if (found <= referrersMax) return referrers;
      throw new IntegrityError({
        code: 'MANIFEST_INVALID',
        message: `graph too large: more than ${referrersMax} referrers: at ${subject}`,
      });
    },
  };
}

function digestThere(outcome: ReferrerOutcome): readonly Digest[] {
  return outcome.kind === 'carried' || outcome.kind === 'present' ? [outcome.referrer.descriptor.digest] : [];
}

async function assertComplete(
  outcomes: readonly ReferrerOutcome[],
  search: ReferrerSearch,
  first: Digest,
  expect: number,
): Promise<void> {
  for (const outcome of outcomes) if (outcome.kind === 'failed') throw outcome.cause;
  const found = await search.find(first);
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
