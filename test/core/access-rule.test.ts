/** Access rules: what a token must say, what it is given, and what it is told when a rule does not match. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateAccess, type GrantedVerb, grantedVerbs } from '../../core/access.ts';
import {
  type AccessRule,
  applyRules,
  defaultEvents,
  type WorkloadBinding,
  type WorkloadClaims,
} from '../../core/access-rule.ts';

const claims: WorkloadClaims = {
  issuer: 'github',
  repository: 'acme/web',
  repositoryId: '456789',
  ownerId: '123456',
  workflow: 'acme/web/.github/workflows/promote.yml@refs/heads/main',
  ref: 'refs/heads/main',
  environment: 'production',
  event: 'workflow_dispatch',
  runner: 'github-hosted',
};

const who: WorkloadBinding = {
  issuer: 'github',
  repository: 'acme/web',
  repositoryId: '456789',
  ownerId: '123456',
  workflow: undefined,
  ref: undefined,
  environment: undefined,
  events: defaultEvents,
  runner: undefined,
};

function ruleFor(more: Partial<WorkloadBinding>, number = 1): AccessRule {
  return { number, who: { ...who, ...more }, may: ['promote'], in: ['production'], apps: undefined };
}

const own = { repository: undefined, path: '.github/workflows/promote.yml', ref: 'refs/heads/main' };
const called = { ...own, repository: 'acme/automation' };

describe('a rule', () => {
  const matching: readonly (readonly [
    title: string,
    who: Partial<WorkloadBinding>,
    claims: Partial<WorkloadClaims>,
  ])[] = [
    ['asks for no more than it binds', {}, { environment: undefined, runner: 'self-hosted', ref: 'refs/heads/x' }],
    ['binds a ref', { ref: 'refs/heads/main' }, {}],
    ['binds refs by a pattern', { ref: 'refs/tags/v*' }, { ref: 'refs/tags/v1.2.3' }],
    ['binds the workflow of its own repository', { workflow: own }, {}],
    [
      'binds the workflow of its own repository under the name it has now',
      { workflow: own },
      { repository: 'acme/new', workflow: 'acme/new/.github/workflows/promote.yml@refs/heads/main' },
    ],
    [
      'binds a workflow of another repository',
      { workflow: called },
      { workflow: 'acme/automation/.github/workflows/promote.yml@refs/heads/main' },
    ],
    [
      'binds a workflow at refs by a pattern',
      { workflow: { ...own, ref: 'refs/tags/v*' } },
      { workflow: 'acme/web/.github/workflows/promote.yml@refs/tags/v2' },
    ],
    ['binds an environment', { environment: 'production' }, {}],
    ['binds a runner', { runner: 'github-hosted' }, {}],
    ['takes an event that it names', { events: ['issue_comment'] }, { event: 'issue_comment' }],
    ['takes a repository that has another name now', {}, { repository: 'acme/new' }],
    ['takes a name where no ids are bound', { repositoryId: undefined, ownerId: undefined }, { repositoryId: '1' }],
  ];
  test.each(matching)('%s', (_, binding, said) => {
    expect(applyRules([ruleFor(binding)], { ...claims, ...said })).toMatchObject({
      grants: [{ rule: 1, may: ['promote'], in: ['production'] }],
      unmatched: [],
    });
  });

  const failing: readonly (readonly [
    title: string,
    who: Partial<WorkloadBinding>,
    claims: Partial<WorkloadClaims>,
    reason: string,
  ])[] = [
    ['another owner', {}, { ownerId: '9' }, 'repository_owner_id is 9, not 123456'],
    ['no owner', {}, { ownerId: undefined }, 'repository_owner_id is absent, not 123456'],
    ['another ref', { ref: 'refs/heads/main' }, { ref: 'refs/heads/x' }, 'ref is refs/heads/x, not refs/heads/main'],
    ['no ref', { ref: '**' }, { ref: undefined }, 'ref is absent, not **'],
    [
      'a workflow at another ref',
      { workflow: own },
      { workflow: 'acme/web/.github/workflows/promote.yml@refs/heads/topic' },
      'job_workflow_ref is acme/web/.github/workflows/promote.yml@refs/heads/topic, not acme/web/.github/workflows/promote.yml@refs/heads/main',
    ],
    [
      'a workflow of the same path elsewhere',
      { workflow: own },
      { workflow: 'evil/web/.github/workflows/promote.yml@refs/heads/main' },
      'job_workflow_ref is evil/web/.github/workflows/promote.yml@refs/heads/main, not acme/web/.github/workflows/promote.yml@refs/heads/main',
    ],
    [
      'a file named as if it were the workflow at a ref',
      { workflow: { ...own, ref: 'refs/**' } },
      { workflow: 'acme/web/.github/workflows/promote.yml@x.yml@refs/heads/main' },
      'job_workflow_ref is acme/web/.github/workflows/promote.yml@x.yml@refs/heads/main, not acme/web/.github/workflows/promote.yml@refs/**',
    ],
    [
      'no workflow',
      { workflow: called },
      { workflow: undefined },
      'job_workflow_ref is absent, not acme/automation/.github/workflows/promote.yml@refs/heads/main',
    ],
    [
      'another environment',
      { environment: 'production' },
      { environment: 'staging' },
      'environment is staging, not production',
    ],
    [
      'no environment',
      { environment: 'production' },
      { environment: undefined },
      'environment is absent, not production',
    ],
    [
      'another runner',
      { runner: 'github-hosted' },
      { runner: 'self-hosted' },
      'runner_environment is self-hosted, not github-hosted',
    ],
    ['an event that is not named', { events: ['push'] }, { event: 'schedule' }, 'event_name is schedule, not push'],
  ];
  test.each(failing)('does not match a job with %s, and says so', (_, binding, said, reason) => {
    expect(applyRules([ruleFor(binding)], { ...claims, ...said })).toEqual({
      grants: [],
      unmatched: [`rule 1: ${reason}`],
      notes: [],
    });
  });

  const events: readonly string[] = [
    ...['pull_request', 'pull_request_target', 'issue_comment', 'issues', 'workflow_run', 'fork', 'watch'],
    ...['pull_request_review', 'pull_request_review_comment', 'discussion_comment', 'merge_group', ''],
  ];
  test.each(events)('that names no events does not take %j', (event) => {
    expect(applyRules([ruleFor({})], { ...claims, event }).grants).toEqual([]);
  });

  test.each(defaultEvents)('that names no events takes %s', (event) => {
    expect(applyRules([ruleFor({})], { ...claims, event }).grants).toHaveLength(1);
  });

  test('says every fault it finds', () => {
    const { unmatched } = applyRules([ruleFor({ ref: 'refs/heads/main', environment: 'production' })], {
      ...claims,
      ref: 'refs/pull/7/merge',
      environment: undefined,
      event: 'pull_request',
    });
    expect(unmatched[0]?.split('; ')).toHaveLength(3);
  });

  test('notes that its repository has another name now', () => {
    const { grants, notes } = applyRules([ruleFor({}, 4)], { ...claims, repository: 'acme/new' });
    expect(grants).toHaveLength(1);
    expect(notes).toEqual(['rule 4 calls the repository acme/web, it is acme/new now']);
  });

  test('shows long and unprintable claims shortened', () => {
    const { unmatched } = applyRules([ruleFor({ ref: 'refs/heads/main' })], {
      ...claims,
      ref: `refs/heads/\u001b[31m${'x'.repeat(500)}`,
    });
    expect(unmatched[0]).toMatch(/^rule 1: ref is refs\/heads\/\?\[31mx+…, not refs\/heads\/main$/);
    expect(unmatched[0]?.length).toBeLessThan(150);
  });
});

describe('a rule for another repository', () => {
  const others = [
    ruleFor({ repository: 'acme/secret', repositoryId: '1', ref: 'refs/heads/hidden' }, 1),
    ruleFor({ issuer: 'ghes' }, 2),
    ruleFor({ repository: 'acme/other', repositoryId: '2', environment: 'vault' }, 3),
  ];

  test('gives nothing, and tells nothing of what it asks for', () => {
    const { grants, unmatched } = applyRules(others, claims);
    expect(grants).toEqual([]);
    expect(unmatched).toEqual(['rules 1, 2, 3 are not for acme/web (repository_id 456789) of github']);
  });

  test('of the same name and another id is told by its number', () => {
    expect(applyRules([ruleFor({ repositoryId: '77' })], claims).unmatched).toEqual([
      'rule 1: repository_id is 456789, which is not the rule’s',
    ]);
  });

  test('is not matched by a job that says no id', () => {
    expect(applyRules([ruleFor({})], { ...claims, repositoryId: undefined }).grants).toEqual([]);
  });
});

describe('the order of rules', () => {
  const text = fc.constantFrom('a', 'b');
  const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const binding: fc.Arbitrary<WorkloadBinding> = fc.record({
    issuer: text,
    repository: text,
    repositoryId: maybe(text),
    ownerId: maybe(text),
    workflow: maybe(fc.record({ repository: maybe(text), path: text, ref: fc.constantFrom('a', '*') })),
    ref: maybe(fc.constantFrom('a', 'b', '*')),
    environment: maybe(text),
    events: fc.subarray(['a', 'b']),
    runner: maybe(fc.constantFrom('github-hosted' as const, 'self-hosted' as const)),
  });
  const rule = fc.record({
    who: binding,
    may: fc.subarray<GrantedVerb>([...grantedVerbs], { minLength: 1 }),
    in: fc.subarray(['dev', 'production']),
    apps: maybe(fc.subarray(['web', 'api'])),
  });
  const said: fc.Arbitrary<WorkloadClaims> = fc.record({
    issuer: text,
    repository: text,
    repositoryId: maybe(text),
    ownerId: maybe(text),
    workflow: maybe(fc.constantFrom('a/a@a', 'a/b@b', 'b/a@a')),
    ref: maybe(text),
    environment: maybe(text),
    event: maybe(text),
    runner: maybe(fc.constantFrom('github-hosted', 'self-hosted')),
  });
  const run = { by: undefined, id: undefined, attempt: undefined, workflow: undefined, event: undefined };

  test('makes no difference', () => {
    fc.assert(
      fc.property(
        fc.array(rule, { maxLength: 5 }).chain((rules) => {
          const numbered = rules.map((one, at) => ({ ...one, number: at + 1 }));
          const shuffled = fc.shuffledSubarray(numbered, { minLength: numbered.length });
          return fc.tuple(fc.constant(numbered), shuffled);
        }),
        said,
        fc.constantFrom('promote', 'rollback', 'read'),
        fc.record({ app: fc.constantFrom('web', 'api'), environment: fc.constantFrom('dev', 'production') }),
        ([rules, shuffled], spoken, verb, place) => {
          const decide = (list: readonly AccessRule[]) => {
            const outcome = applyRules(list, spoken);
            const actor = { name: 'x', run, expiresAt: 0, ...outcome };
            return evaluateAccess(actor, verb as GrantedVerb, place).allowed;
          };
          expect(decide(shuffled)).toBe(decide(rules));
          const alone = rules.some((one) => decide([one]));
          expect(decide(rules)).toBe(alone);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
