/** Which tags of a repository retention rules let go of, and why each that stays stays. */
import type { Digest } from '../oci/spec/digest.ts';
import type { Tag } from '../oci/spec/tag.ts';
import { isExactTag } from './exact-tag.ts';
import { matchesRefPattern } from './ref-pattern.ts';
import { matchesRepositoryPattern } from './repository-pattern.ts';
import type { RetentionRule } from './retention-settings.ts';
import type { TagRules } from './tag-rules.ts';
import { environmentOfTag, isWrittenOnce } from './tag-settings.ts';
import { compareVersionTags, readVersionTag, type VersionTag } from './version-tag.ts';

/** A tag as far as rules ask about it. */
export interface RetainableTag {
  readonly tag: Tag;
  readonly digest: Digest;
  /** When it was moved to its digest, in epoch milliseconds; undefined when nobody knows. */
  readonly pushedAt: number | undefined;
  /** When its manifest was pulled last; undefined when it never was. */
  readonly pulledAt: number | undefined;
}

/** All that a plan for one repository depends on. */
export interface RetentionQuestion {
  readonly rules: readonly RetentionRule[];
  /** What is written once, and what belongs to environments. */
  readonly tagRules: TagRules;
  readonly repository: string;
  readonly tags: readonly RetainableTag[];
  /** Digests that an environment runs now, wherever its repository is. */
  readonly current: ReadonlySet<Digest>;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** `rule` counts from 0. */
export type RetentionVerdict =
  | { readonly tag: Tag; readonly digest: Digest; readonly stays: false; readonly rule: number }
  | {
      readonly tag: Tag;
      readonly digest: Digest;
      readonly stays: true;
      readonly rule: number | undefined;
      /** All of them. */
      readonly because: readonly StayReason[];
    };

/** Why a tag stays, from what no rule overrides to what its rule says. */
export const stayReasons = {
  'no-rule': 'no rule is about it',
  current: 'an environment runs its digest',
  environment: 'it is a tag of an environment, and the rule does not name it without a wildcard',
  companion: 'it belongs to another manifest: a signature, an attestation or a list of referrers',
  'written-once': 'it is written once, and the rule does not say writtenOnce: true',
  'push-time-unknown': 'it was pushed before pushes were written down',
  'no-version': 'the rule keeps the newest versions, and it is none',
  newest: 'it is among the newest',
  'pushed-lately': 'it was pushed lately',
  'pulled-lately': 'it was pulled lately',
} as const;

export type StayReason = keyof typeof stayReasons;

/** Tags that clients keep for another manifest: when that goes, nobody tells from here whether it comes back. */
const companionGrammar = /^sha(?:256|512)-[a-f0-9]{64,}(?:\.[a-z0-9]+)?$/;

/** A verdict on each tag, in their order. Nothing is changed. */
export function planRetention(question: RetentionQuestion): readonly RetentionVerdict[] {
  const ruleOf = new Map(question.tags.map((entry) => [entry.tag, findRule(question, entry.tag)]));
  const newest = question.rules.map((rule, at) => {
    const covered = question.tags.filter(({ tag }) => ruleOf.get(tag) === at);
    return newestOf(rule, covered);
  });
  return question.tags.map((entry) => {
    const { tag, digest } = entry;
    const at = ruleOf.get(tag);
    const rule = at === undefined ? undefined : question.rules[at];
    if (at === undefined || rule === undefined)
      return { tag, digest, stays: true, rule: undefined, because: ['no-rule'] };
    const because = [...protections(question, rule, entry), ...keeps(rule, entry, newest[at], question.now)];
    return because.length === 0
      ? { tag, digest, stays: false, rule: at }
      : { tag, digest, stays: true, rule: at, because };
  });
}

function findRule({ rules, repository }: RetentionQuestion, tag: Tag): number | undefined {
  const at = rules.findIndex(
    (rule) =>
      rule.repositories.some((pattern) => matchesRepositoryPattern(repository, pattern)) &&
      (rule.tags === 'semver' ? isExactTag(tag) : rule.tags.some((pattern) => matchesRefPattern(tag, pattern))),
  );
  return at < 0 ? undefined : at;
}

function protections(
  { tagRules, repository, current }: RetentionQuestion,
  rule: RetentionRule,
  { tag, digest }: RetainableTag,
): readonly StayReason[] {
  const isNamed = rule.tags !== 'semver' && rule.tags.includes(tag);
  const isReserved = environmentOfTag(tagRules.environments, repository, tag) !== undefined || isReceipt(tag);
  return [
    ...(current.has(digest) ? (['current'] as const) : []),
    ...(isReserved && !isNamed ? (['environment'] as const) : []),
    ...(companionGrammar.test(tag) ? (['companion'] as const) : []),
    ...(isWrittenOnce(tagRules.tags, repository, tag) && !rule.writtenOnce ? (['written-once'] as const) : []),
  ];
}

/** What promotions leave beside releases: who moved what, and why. */
function isReceipt(tag: Tag): boolean {
  return tag.endsWith('.receipt');
}

function keeps(
  { keep }: RetentionRule,
  { tag, pushedAt, pulledAt }: RetainableTag,
  newest: ReadonlySet<Tag> | undefined,
  now: number,
): readonly StayReason[] {
  const { newest: wanted, pushedWithinMs = 0, pulledWithinMs = 0 } = keep;
  const isLately = (at: number | undefined, withinMs: number) => at !== undefined && now - at < withinMs;
  return [
    ...(pushedAt === undefined ? (['push-time-unknown'] as const) : []),
    ...(wanted?.by === 'version' && readVersionTag(tag) === undefined ? (['no-version'] as const) : []),
    ...(newest?.has(tag) === true ? (['newest'] as const) : []),
    ...(isLately(pushedAt, pushedWithinMs) ? (['pushed-lately'] as const) : []),
    ...(isLately(pulledAt, pulledWithinMs) ? (['pulled-lately'] as const) : []),
  ];
}

/** Versions of different components are different lines, each with its own newest. */
function newestOf({ keep }: RetentionRule, covered: readonly RetainableTag[]): ReadonlySet<Tag> {
  const { newest } = keep;
  if (newest === undefined) return new Set();
  if (newest.by === 'push') return firstTags(covered.toSorted(laterPushFirst), newest.count);
  const versions = covered.flatMap((entry) => readVersionTag(entry.tag) ?? []);
  const lines = Map.groupBy(versions, ({ component }) => component);
  const kept = [...lines.values()].flatMap((line) => {
    const newestFirst = line.toSorted((one: VersionTag, other: VersionTag) => compareVersionTags(other, one));
    return [...firstTags(newestFirst, newest.count)];
  });
  return new Set(kept);
}

function firstTags(entries: readonly { readonly tag: Tag }[], count: number): ReadonlySet<Tag> {
  return new Set(entries.slice(0, count).map(({ tag }) => tag));
}

/** The same moment is settled by the name, so that a plan is the same however tags are listed. */
function laterPushFirst(one: RetainableTag, other: RetainableTag): number {
  const later = (other.pushedAt ?? Number.POSITIVE_INFINITY) - (one.pushedAt ?? Number.POSITIVE_INFINITY);
  if (later !== 0 && !Number.isNaN(later)) return later;
  return one.tag < other.tag ? 1 : -1;
}
