/** Retention rules: which tags go, what protects the others, and what holds whatever the rules are. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { planRetention, type RetainableTag, type RetentionQuestion, type StayReason } from '../../core/retention.ts';
import type { RetentionRule } from '../../core/retention-settings.ts';
import { defaultEnvironmentPlaces, defaultTagSettings } from '../../core/tag-settings.ts';
import { type Digest, parseDigest } from '../../oci/spec/digest.ts';
import { parseTag } from '../../oci/spec/tag.ts';

const dayMs = 24 * 60 * 60 * 1000;
const now = 1000 * dayMs;

function digest(number: number): Digest {
  return parseDigest(`sha256:${number.toString(16).padStart(64, '0')}`);
}

function tagged(tag: string, facts: Partial<Omit<RetainableTag, 'tag'>> = {}): RetainableTag {
  return { tag: parseTag(tag), digest: digest(1), pushedAt: now - 100 * dayMs, pulledAt: undefined, ...facts };
}

function rule(
  init: Partial<Omit<RetentionRule, 'repositories'>> & { readonly repositories?: readonly string[] },
): RetentionRule {
  const { repositories = ['**'], ...others } = init;
  return {
    repositories: repositories.map(parseRepositoryPattern),
    ...{ tags: ['**'], keep: { pushedWithinMs: 30 * dayMs }, writtenOnce: false },
    ...others,
  };
}

function question(
  tags: readonly RetainableTag[],
  rules: readonly RetentionRule[],
  others: Partial<RetentionQuestion> = {},
) {
  return {
    ...{ tags, rules, now, repository: 'team/web', current: new Set<Digest>() },
    tagRules: { tags: defaultTagSettings, environments: defaultEnvironmentPlaces },
    ...others,
  };
}

type Verdicts = Readonly<Record<string, number | readonly StayReason[]>>;

/** For each tag the rule by which it goes, or why it stays. */
function verdictsOn(asked: RetentionQuestion): Verdicts {
  return Object.fromEntries(
    planRetention(asked).map((verdict) => [verdict.tag, verdict.stays ? verdict.because : verdict.rule]),
  );
}

describe('a tag', () => {
  test('stays when no rule is about it', () => {
    const rules = [rule({ repositories: ['other'] }), rule({ tags: ['pr-*'] })];
    expect(verdictsOn(question([tagged('edge')], rules))).toEqual({ edge: ['no-rule'] });
  });

  test('is judged by the first rule that is about it', () => {
    const rules = [rule({ tags: ['pr-*'], keep: { newest: { count: 1, by: 'push' } } }), rule({})];
    const tags = [tagged('pr-1'), tagged('pr-2', { pushedAt: now - 50 * dayMs }), tagged('edge')];
    expect(verdictsOn(question(tags, rules))).toEqual({ 'pr-1': 0, 'pr-2': ['newest'], edge: 1 });
  });

  test('stays for any one thing its rule keeps, and tells all of them', () => {
    const keep = { newest: { count: 1, by: 'push' as const }, pushedWithinMs: 30 * dayMs, pulledWithinMs: 7 * dayMs };
    const tags = [
      tagged('a', { pushedAt: now - dayMs, pulledAt: now - dayMs }),
      tagged('b', { pushedAt: now - 2 * dayMs }),
      tagged('c', { pulledAt: now - 6 * dayMs }),
      tagged('d', { pulledAt: now - 7 * dayMs }),
    ];
    expect(verdictsOn(question(tags, [rule({ keep })]))).toEqual({
      a: ['newest', 'pushed-lately', 'pulled-lately'],
      b: ['pushed-lately'],
      c: ['pulled-lately'],
      d: 0,
    });
  });

  test('whose push nobody wrote down stays', () => {
    const tags = [tagged('old', { pushedAt: undefined })];
    expect(verdictsOn(question(tags, [rule({})]))).toEqual({ old: ['push-time-unknown'] });
  });

  test('that an environment runs stays, under whatever name and in whatever repository', () => {
    const tags = [tagged('pr-1', { digest: digest(7) }), tagged('pr-2')];
    expect(verdictsOn(question(tags, [rule({})], { current: new Set([digest(7)]) }))).toEqual({
      'pr-1': ['current'],
      'pr-2': 0,
    });
  });

  test('of an environment, its history and its receipts stays unless the rule names it', () => {
    const names = [
      'staging',
      'staging-r000001-abcdefabcdef',
      'staging-r000001-abcdefabcdef.receipt',
      'staging-staged-x',
    ];
    const tags = names.map((name) => tagged(name));
    const inStaging = { repository: 'staging/web' };
    for (const verdict of Object.values(verdictsOn(question(tags, [rule({})], inStaging)))) {
      expect(verdict).toEqual(['environment']);
    }
    const named = question(tags, [rule({ tags: ['staging-r000001-abcdefabcdef'] }), rule({})], inStaging);
    expect(verdictsOn(named)).toMatchObject({ staging: ['environment'], 'staging-r000001-abcdefabcdef': 0 });
  });

  test('that is written once stays unless the rule says that it may go', () => {
    const tags = [tagged('1.0.0'), tagged('1.0')];
    expect(verdictsOn(question(tags, [rule({})]))).toEqual({ '1.0.0': ['written-once'], '1.0': 0 });
    expect(verdictsOn(question(tags, [rule({ writtenOnce: true })]))).toEqual({ '1.0.0': 0, '1.0': 0 });
  });

  test('that belongs to another manifest stays', () => {
    const names = [`sha256-${'a'.repeat(64)}`, `sha256-${'a'.repeat(64)}.sig`];
    const verdicts = verdictsOn(
      question(
        names.map((name) => tagged(name)),
        [rule({})],
      ),
    );
    expect(Object.values(verdicts)).toEqual([['companion'], ['companion']]);
  });
});

describe('the newest', () => {
  const keepVersions = (count: number) =>
    rule({ tags: 'semver', keep: { newest: { count, by: 'version' } }, writtenOnce: true });

  test('by version are those of the highest numbers, of each component its own', () => {
    const names = ['1.9.0', '1.10.0', '1.10.0-rc.1', 'v2.0.0', 'api-1.0.0', 'api-0.9.0'];
    expect(
      verdictsOn(
        question(
          names.map((name) => tagged(name)),
          [keepVersions(2)],
        ),
      ),
    ).toEqual({
      '1.9.0': 0,
      '1.10.0': ['newest'],
      '1.10.0-rc.1': 0,
      'v2.0.0': ['newest'],
      'api-1.0.0': ['newest'],
      'api-0.9.0': ['newest'],
    });
  });

  test('by version say nothing of tags that are none', () => {
    const byVersion = rule({ keep: { newest: { count: 1, by: 'version' } }, writtenOnce: true });
    expect(verdictsOn(question([tagged('edge'), tagged('1.0.0')], [byVersion]))).toEqual({
      edge: ['no-version'],
      '1.0.0': ['newest'],
    });
  });
});

const tagNames = fc.constantFrom(
  ...[
    '1.0.0',
    '1.1.0',
    '2.0.0-rc.1',
    'v3.0.0',
    'api-1.0.0',
    'latest',
    'edge',
    'pr-1',
    'pr-2',
    'pr-3',
    'dev',
    'dev-r000001-x',
  ],
);

const times = fc.option(
  fc.integer({ min: 0, max: 1000 }).map((days) => days * dayMs),
  { nil: undefined },
);

const tagSets = fc.uniqueArray(
  fc.record({
    tag: tagNames.map(parseTag),
    digest: fc.integer({ min: 1, max: 5 }).map(digest),
    pushedAt: times,
    pulledAt: times,
  }),
  { selector: ({ tag }) => tag, maxLength: 12 },
);

const withins = fc.option(
  fc.integer({ min: 1, max: 500 }).map((days) => days * dayMs),
  { nil: undefined },
);

const ruleSets = fc.array(
  fc.record({
    repositories: fc
      .constantFrom('**', 'dev/**', 'dev/web', 'other')
      .map((pattern) => [parseRepositoryPattern(pattern)]),
    tags: fc.constantFrom<RetentionRule['tags']>('semver', ['**'], ['pr-*'], ['latest', 'pr-1'], ['dev']),
    writtenOnce: fc.boolean(),
    keep: fc
      .record({
        newest: fc.option(
          fc.record({
            count: fc.integer({ min: 1, max: 4 }),
            by: fc.constantFrom('push' as const, 'version' as const),
          }),
          { nil: undefined },
        ),
        pushedWithinMs: withins,
        pulledWithinMs: withins,
      })
      .map(({ newest, pushedWithinMs, pulledWithinMs }) => ({
        ...(newest === undefined ? {} : { newest }),
        ...(pushedWithinMs === undefined ? {} : { pushedWithinMs }),
        ...(pulledWithinMs === undefined ? {} : { pulledWithinMs }),
      })),
  }),
  { maxLength: 4 },
);

describe('whatever the rules and the tags are', () => {
  const anyQuestion = fc
    .record({
      tags: tagSets,
      rules: ruleSets,
      current: fc.integer({ min: 1, max: 5 }).map((number) => new Set([digest(number)])),
    })
    .map(({ tags, rules, current }) => question(tags, rules, { current, repository: 'dev/web' }));

  test('each tag has one verdict, and what is current, of an environment or not named to go stays', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const verdicts = planRetention(asked);
        expect(verdicts.map(({ tag }) => tag)).toEqual(asked.tags.map(({ tag }) => tag));
        for (const verdict of verdicts) {
          if (verdict.stays) continue;
          const by = asked.rules[verdict.rule];
          expect(asked.current.has(verdict.digest)).toBe(false);
          if (/^dev(?:-r\d+.*)?$/.test(verdict.tag)) expect(by?.tags).toContain(verdict.tag);
          if (/\d+\.\d+\.\d+/.test(verdict.tag)) expect(by?.writtenOnce).toBe(true);
        }
      }),
    );
  });

  test('a plan that was carried out leaves nothing to do at the same moment', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const staying = new Set(planRetention(asked).flatMap(({ tag, stays }) => (stays ? [tag] : [])));
        const after = { ...asked, tags: asked.tags.filter(({ tag }) => staying.has(tag)) };
        expect(planRetention(after).every(({ stays }) => stays)).toBe(true);
      }),
    );
  });

  test('the plan is the same however tags are listed', () => {
    fc.assert(
      fc.property(anyQuestion, (asked) => {
        const backwards = { ...asked, tags: asked.tags.toReversed() };
        expect(verdictsOn(backwards)).toEqual(verdictsOn(asked));
      }),
    );
  });

  test('a rule that is added at the end changes nothing about tags that have one', () => {
    fc.assert(
      fc.property(anyQuestion, ruleSets, (asked, more) => {
        const before = verdictsOn(asked);
        const after = verdictsOn({ ...asked, rules: [...asked.rules, ...more] });
        for (const [tag, verdict] of Object.entries(before)) {
          if (JSON.stringify(verdict) !== '["no-rule"]') expect(after[tag]).toEqual(verdict);
        }
      }),
    );
  });

  test('of the tags under a rule that keeps the newest pushed, so many stay', () => {
    fc.assert(
      fc.property(tagSets, fc.integer({ min: 1, max: 5 }), (tags, count) => {
        const all = rule({ keep: { newest: { count, by: 'push' } }, writtenOnce: true });
        const staying = planRetention(question(tags, [all])).filter(({ stays }) => stays);
        expect(staying.length).toBeGreaterThanOrEqual(Math.min(count, tags.length));
      }),
    );
  });
});
