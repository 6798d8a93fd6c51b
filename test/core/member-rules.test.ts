/** What access rules give to users, tokens and whoever has not signed in. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  evaluateAccess,
  type GrantedVerb,
  grantedVerbs,
  type Member,
  type Place,
  roles,
  type Verb,
} from '../../core/access.ts';
import { type AccessRule, applyRules, defaultEvents } from '../../core/access-rule.ts';
import { memberRules } from '../../core/member-rules.ts';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';

function rule(number: number, who: AccessRule['who'], may: readonly GrantedVerb[], repository = '**'): AccessRule {
  return { number, who, may, in: [], apps: undefined, repositories: [parseRepositoryPattern(repository)] };
}

const rules: readonly AccessRule[] = [
  rule(1, { kind: 'user', name: 'ada' }, ['push'], 'ada/**'),
  rule(2, { kind: 'everyone' }, ['pull'], 'common/**'),
  rule(3, { kind: 'anonymous' }, ['pull'], 'public/**'),
  rule(4, { kind: 'token', name: 'ci' }, ['push', 'overwrite'], 'dev/**'),
  rule(5, { kind: 'user', name: 'ada' }, ['delete'], 'ada/old/**'),
];
const given = memberRules(rules);

function may(member: Member | undefined, verb: Verb, repository: string): boolean {
  if (member === undefined) return false;
  return evaluateAccess(member, verb, { repository: parseRepositoryName(repository) }).allowed;
}

describe('the rules', () => {
  test('give a user its own, those for everyone and those for anybody, in their order', () => {
    expect(given.grantsOf('user', 'ada').map((grant) => grant.rule)).toEqual([1, 2, 3, 5]);
    expect(given.grantsOf('token', 'ci').map((grant) => grant.rule)).toEqual([2, 3, 4]);
  });

  test('tell a user from a token of the same name', () => {
    expect(given.grantsOf('token', 'ada').map((grant) => grant.rule)).toEqual([2, 3]);
  });

  test('give whoever has not signed in what is for anybody, and nothing else', () => {
    expect(given.anonymous).toMatchObject({ name: 'anonymous', role: 'member' });
    expect(may(given.anonymous, 'pull', 'public/app')).toBe(true);
    expect(may(given.anonymous, 'push', 'public/app')).toBe(false);
    expect(may(given.anonymous, 'pull', 'common/app')).toBe(false);
    for (const verb of ['read', 'promote', 'administer'] as const) {
      expect(evaluateAccess(given.anonymous ?? { name: '', role: 'admin' }, verb, {}).allowed).toBe(false);
    }
  });

  test('let nobody in who has not signed in where none says so', () => {
    expect(memberRules(rules.filter(({ number }) => number !== 3)).anonymous).toBeUndefined();
  });

  test('give workloads what is for anybody, and nothing that is for users and tokens', () => {
    const claims = {
      ...{ issuer: 'github', repository: 'acme/web', repositoryId: '1', ownerId: '2', workflow: undefined },
      ...{ ref: undefined, environment: undefined, event: 'push', runner: undefined },
    };
    const outcome = applyRules(rules, claims);
    expect(outcome.grants.map((grant) => grant.rule)).toEqual([3]);
    expect(outcome.unmatched).toEqual([]);
  });

  test('for workloads give users and tokens nothing', () => {
    const who = {
      ...{ issuer: 'github', repository: 'acme/web', repositoryId: '1', ownerId: '2', workflow: undefined },
      ...{ ref: undefined, environment: undefined, events: defaultEvents, runner: undefined },
    };
    expect(memberRules([rule(1, who, ['pull'])]).grantsOf('user', 'ada')).toEqual([]);
  });
});

describe('the order and number of grants', () => {
  const grant = fc.record({
    may: fc.subarray([...grantedVerbs], { minLength: 1 }),
    in: fc.subarray(['dev', 'staging']),
    apps: fc.option(fc.subarray(['web', 'api']), { nil: undefined }),
    repositories: fc.subarray(['**', 'a/*', 'a/**', 'b']).map((patterns) => patterns.map(parseRepositoryPattern)),
  });
  const asked = fc.record({
    role: fc.constantFrom(...roles),
    limit: fc.option(fc.constantFrom('a/**', 'b'), { nil: undefined }),
    grants: fc.array(grant, { maxLength: 4 }).map((list) => list.map((one, at) => ({ rule: at + 1, ...one }))),
    verb: fc.constantFrom<Verb>(...grantedVerbs, 'environment-tags', 'administer'),
    place: fc.constantFrom<Place>(
      ...[{}, { app: 'web', environment: 'dev' }, { app: 'api', environment: 'production' }],
      ...['a/x', 'a/x/y', 'b', 'c'].map((name) => ({ repository: parseRepositoryName(name) })),
    ),
  });

  test('takes nothing away: what one of them gives alone, all of them give, and nothing more', () => {
    fc.assert(
      fc.property(asked, ({ role, limit, grants, verb, place }) => {
        const repositories = limit === undefined ? undefined : [parseRepositoryPattern(limit)];
        const decide = (given: typeof grants) =>
          evaluateAccess({ name: 'ada', role, repositories, grants: given }, verb, place);
        const together = decide(grants);
        const alone = [decide([]), ...grants.map((one) => decide([one]))];
        expect(together.allowed).toBe(alone.some(({ allowed }) => allowed));
        expect(decide(grants.toReversed()).allowed).toBe(together.allowed);
        if (together.allowed) return;
        // One for the role, one for every rule, each with a way out.
        expect(together.reasons).toHaveLength(grants.length + 1);
        for (const { message, wayOut } of together.reasons) expect([message, wayOut]).not.toContain('');
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a grant in repositories', () => {
  const ada: Member = { name: 'ada', role: 'member', grants: given.grantsOf('user', 'ada') };

  test('holds for its verbs and repositories alone, and brings nothing else along', () => {
    expect(may(ada, 'push', 'ada/app')).toBe(true);
    expect(may(ada, 'pull', 'ada/app')).toBe(false);
    expect(may(ada, 'overwrite', 'ada/app')).toBe(false);
    expect(may(ada, 'push', 'eve/app')).toBe(false);
    expect(may(ada, 'delete', 'ada/app')).toBe(false);
    expect(may(ada, 'delete', 'ada/old/app')).toBe(true);
    expect(may(ada, 'environment-tags', 'ada/app')).toBe(false);
    expect(evaluateAccess(ada, 'read', {}).allowed).toBe(false);
    expect(evaluateAccess(ada, 'push', {}).allowed).toBe(false);
  });

  test('adds to a role, and the refusal says both', () => {
    const viewer: Member = { ...ada, role: 'viewer' };
    expect(may(viewer, 'pull', 'eve/app')).toBe(true);
    const decision = evaluateAccess(viewer, 'push', { repository: parseRepositoryName('eve/app') });
    expect(decision.allowed ? [] : decision.reasons.map(({ message }) => message)).toEqual([
      'the role is viewer',
      'rule 1 is for ada/**, not for eve/app',
      'rule 2 gives pull, not push and is for common/**, not for eve/app',
      'rule 3 gives pull, not push and is for public/**, not for eve/app',
      'rule 5 gives delete, not push and is for ada/old/**, not for eve/app',
    ]);
    for (const { wayOut } of decision.allowed ? [] : decision.reasons) expect(wayOut).not.toBe('');
  });
});

describe('a role that is limited to repositories', () => {
  const limited: Member = { name: 'ci', role: 'admin', repositories: [parseRepositoryPattern('team/**')] };

  test('holds in them and nowhere else', () => {
    for (const verb of ['pull', 'push', 'overwrite', 'delete', 'break-glass'] as const) {
      expect([verb, may(limited, verb, 'team/app'), may(limited, verb, 'other/app')]).toEqual([verb, true, false]);
      expect(evaluateAccess(limited, verb, {}).allowed).toBe(false);
    }
  });

  test('gives nothing that is not done in a repository', () => {
    for (const verb of ['read', 'promote', 'rollback', 'administer'] as const) {
      expect(evaluateAccess(limited, verb, { app: 'web', environment: 'dev' }).allowed).toBe(false);
    }
  });

  test('gives no more than the role does', () => {
    expect(may({ ...limited, role: 'viewer' }, 'push', 'team/app')).toBe(false);
  });

  test('to nothing gives nothing', () => {
    expect(may({ ...limited, repositories: [] }, 'pull', 'team/app')).toBe(false);
  });
});
