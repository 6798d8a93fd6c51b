import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planLadder } from '../../core/ladder.ts';
import { type LadderPolicy, parseLadderPolicy } from '../../core/ladder-policy.ts';
import { planRepair } from '../../core/ladder-repair.ts';
import { compareBuilds, exactTag, parseVersion, readExactTag, type Version } from '../../core/version.ts';
import { applyLadder, applyRepair, digestOfText, type Repository } from './ladder-repository.ts';
import { releaseTexts, stableTexts, versionTexts } from './version-texts.ts';

/** Policies without a word against the rule of order. */
const orderlyPolicies = fc
  .record({
    naming: fc.record({
      tagPrefix: fc.constantFrom('' as const, 'v' as const),
      component: fc.constantFrom('', 'api-'),
      variant: fc.constantFrom('', 'alpine'),
      buildMetadata: fc.constant('underscore' as const),
    }),
    rungs: fc.subarray(['minor', 'major', 'latest', 'channel']),
    zeroMajor: fc.boolean(),
    latest: fc.constantFrom('auto', 'never', '1.x', '>=1 <3'),
    channels: fc.record({ includeStable: fc.boolean() }),
  })
  .map(parseLadderPolicy);

/** All policies there are. */
const policies = fc
  .tuple(
    orderlyPolicies,
    fc.constantFrom({ kind: 'auto' as const }, { kind: 'always' as const }),
    fc.array(versionTexts, { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom('latest', '1', '1.2', 'rc'), stableTexts, fc.constantFrom('', ' until >1.1.0')), {
      maxLength: 2,
    }),
  )
  .map(([policy, latest, yanked, holds]): LadderPolicy => {
    const held = parseLadderPolicy({ holds: holds.map(([tag, at, until]) => `${tag} at ${at}${until}`) }).holds;
    return { ...policy, latest, yanked, holds: held };
  });

const versions = fc.array(versionTexts, { maxLength: 12 }).map((texts) => texts.map((text) => parseVersion(text)));
const version = versionTexts.map((text) => parseVersion(text));

/** Tags that are no exact tags of any ladder used here. */
const ignoredTags = fc.array(
  fc.oneof(
    fc.constantFrom(
      'latest',
      'rc',
      '9',
      '9.9',
      '9.9.9.9',
      'V9.9.9',
      '09.9.9',
      '9.9.x',
      'vv9.9.9',
      'web-9.9.9',
      '20240101',
    ),
    fc.stringMatching(/^[a-z][a-z0-9._-]{0,20}$/),
  ),
);

describe('plans', () => {
  test('a rung never moves backwards', () => {
    fc.assert(
      fc.property(versions, orderlyPolicies, (released, policy) => {
        const rungs = new Map<string, Version>();
        const existingTags: string[] = [];
        for (const one of released) {
          const plan = planLadder({ version: one, existingTags, policy });
          for (const { tag } of plan.move) {
            const before = rungs.get(tag);
            if (before !== undefined) expect(compareBuilds(before, one)).toBeLessThanOrEqual(0);
            rungs.set(tag, one);
          }
          existingTags.push(plan.exact);
        }
      }),
    );
  });

  test('the order of the existing tags makes no difference', () => {
    const listed = fc.tuple(versions, policies).chain(([existing, policy]) => {
      const tags = existing.map((one) => exactTag(one, policy.naming));
      const shuffled = fc.shuffledSubarray([...new Set(tags)], { minLength: new Set(tags).size });
      return fc.tuple(fc.constant(tags), shuffled, fc.constant(policy));
    });
    fc.assert(
      fc.property(listed, version, ([tags, shuffled, policy], one) => {
        expect(planLadder({ version: one, existingTags: shuffled, policy })).toEqual(
          planLadder({ version: one, existingTags: tags, policy }),
        );
      }),
    );
  });

  test('tags that are ignored never change a plan or a repair', () => {
    fc.assert(
      fc.property(versions, version, policies, ignoredTags, (existing, one, policy, ignored) => {
        const tags = existing.map((each) => exactTag(each, policy.naming));
        const others = ignored.filter((tag) => readExactTag(tag, policy.naming) === undefined);
        const request = { version: one, policy };
        expect(planLadder({ ...request, existingTags: [...others, ...tags, ...others] })).toEqual(
          planLadder({ ...request, existingTags: tags }),
        );
      }),
    );
  });

  test('a prerelease touches no stable rung', () => {
    fc.assert(
      fc.property(versions, releaseTexts, policies, (existing, text, policy) => {
        const one = parseVersion(text);
        fc.pre(one.prerelease.length > 0);
        const plan = planLadder({
          version: one,
          existingTags: existing.map((each) => exactTag(each, policy.naming)),
          policy,
        });
        for (const { tag, rung } of [...plan.move, ...plan.hold]) {
          expect(rung).toBe('channel');
          expect(tag).not.toMatch(/latest|\d/);
        }
      }),
    );
  });

  test('no plan moves a tag twice, moves and holds one, or moves an exact tag', () => {
    fc.assert(
      fc.property(versions, version, policies, (existing, one, policy) => {
        const existingTags = existing.map((each) => exactTag(each, policy.naming));
        const plan = planLadder({ version: one, existingTags, policy });
        const tags = [...plan.move, ...plan.hold].map(({ tag }) => tag);
        expect(new Set(tags).size).toBe(tags.length);
        for (const tag of tags) expect(readExactTag(tag, policy.naming)).toBeUndefined();
      }),
    );
  });
});

describe('repairs', () => {
  test('after releases in any order, applied one by one, there is nothing to repair', () => {
    const inOrder = orderlyPolicies.map((policy) => ({
      ...policy,
      channels: { ...policy.channels, includeStable: false },
    }));
    fc.assert(
      fc.property(versions, inOrder, (released, policy) => {
        const repository: Repository = new Map();
        for (const one of released) release(repository, one, policy);
        expect(planRepair({ existing: repository, policy })).toEqual({ move: [], unresolved: [] });
      }),
    );
  });

  test('whatever the state and the policy, one repair is enough', () => {
    fc.assert(
      fc.property(versions, version, policies, fc.infiniteStream(fc.nat()), (existing, one, policy, numbers) => {
        const repository = disorderly(existing, policy, numbers);
        release(repository, one, policy);
        applyRepair(repository, planRepair({ existing: repository, policy, version: one }));
        expect(planRepair({ existing: repository, policy, version: one })).toEqual({ move: [], unresolved: [] });
        applyRepair(repository, planRepair({ existing: repository, policy }));
        expect(planRepair({ existing: repository, policy })).toEqual({ move: [], unresolved: [] });
      }),
    );
  });

  test('a repair agrees with the plan of the release: nothing it moved is taken back', () => {
    fc.assert(
      fc.property(versions, version, policies, (existing, one, policy) => {
        const repository: Repository = new Map(
          existing.map((each) => [exactTag(each, policy.naming), digestOfText(each.text)]),
        );
        const { move } = release(repository, one, policy);
        const repaired = new Set<string>(planRepair({ existing: repository, policy }).move.map(({ tag }) => tag));
        expect(move.filter(({ tag }) => repaired.has(tag))).toEqual([]);
      }),
    );
  });
});

function release(repository: Repository, one: Version, policy: LadderPolicy) {
  const plan = planLadder({ version: one, existingTags: [...repository.keys()], policy });
  applyLadder(repository, plan, digestOfText(one.text));
  return plan;
}

/** Exact tags that are right, and rungs that point anywhere. */
function disorderly(existing: readonly Version[], policy: LadderPolicy, numbers: fc.Stream<number>): Repository {
  const repository: Repository = new Map();
  for (const one of existing) {
    const plan = release(repository, one, policy);
    for (const { tag } of plan.move) {
      const other = existing[(numbers.next().value ?? 0) % existing.length];
      if (other !== undefined) repository.set(tag, digestOfText(other.text));
    }
  }
  return repository;
}

/** How often a tag is spelled while a stable version is planned among so many, each second of a channel of its own. */
function spellingsFor(count: number): number {
  let spellings = 0;
  const policy = parseLadderPolicy({ channels: { includeStable: true } });
  const naming = {
    ...policy.naming,
    get component() {
      spellings += 1;
      return '';
    },
  };
  const word = (at: number) => String(at).replaceAll(/\d/g, (digit) => 'abcdefghij'[Number(digit)] ?? '');
  const existingTags = Array.from({ length: count }, (_, at) => (at % 2 === 0 ? `1.2.${at}` : `1.2.0-${word(at)}.1`));
  planLadder({ version: parseVersion('9.0.0'), existingTags, policy: { ...policy, naming } });
  return spellings;
}

test('the work grows with the number of tags, not with its square', () => {
  expect(spellingsFor(4_000) / spellingsFor(1_000)).toBeLessThan(5);
});
