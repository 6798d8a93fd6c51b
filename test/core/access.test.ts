/** Who may do what, and where: roles everywhere, grants in their places. */
import { describe, expect, test } from 'vitest';
import {
  evaluateAccess,
  formatActor,
  type Grant,
  isRepositoryVerb,
  roleMay,
  roles,
  type Verb,
  type Workload,
} from '../../core/access.ts';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';

const verbs: readonly Verb[] = [
  ...(['read', 'pull', 'push', 'overwrite', 'delete', 'environment-tags', 'break-glass'] as const),
  ...(['promote', 'rollback', 'administer'] as const),
];

const run = { by: 'octocat', id: '7391', attempt: '2', workflow: undefined, event: 'push' };

function workload(grants: readonly Grant[], unmatched: readonly string[] = []): Workload {
  return { name: 'github:acme/web', grants, unmatched, notes: [], run, expiresAt: 0 };
}

const toStaging: Grant = { rule: 1, may: ['promote'], in: ['dev', 'staging'], apps: ['web'] };

/** The messages of a refusal; nothing when it is allowed. */
function refusals(actor: Workload, verb: Verb, app: string, environment: string): readonly string[] {
  const decision = evaluateAccess(actor, verb, { app, environment });
  return decision.allowed ? [] : decision.reasons.map(({ message }) => message);
}

describe('a role', () => {
  test('holds in every place, and gives what its table says', () => {
    for (const role of roles) {
      for (const verb of verbs) {
        for (const place of [{}, { app: 'web', environment: 'production' }]) {
          expect(evaluateAccess({ name: 'ann', role }, verb, place).allowed).toBe(roleMay(role, verb));
        }
      }
    }
  });

  test('that is not enough is the one reason', () => {
    const decision = evaluateAccess({ name: 'ann', role: 'viewer' }, 'promote', { environment: 'production' });
    expect(decision).toMatchObject({ allowed: false, reasons: [{ code: 'ACCESS_DENIED' }] });
  });

  test('that is limited gives what is done in its repositories, and nothing else though one of them is named', () => {
    const limited = { name: 'ann', role: 'admin', repositories: [parseRepositoryPattern('team/*')] } as const;
    for (const [name, isInside] of [
      ['team/app', true],
      ['team/app/x', false],
      ['teamx/app', false],
    ] as const) {
      const repository = parseRepositoryName(name);
      for (const verb of verbs) {
        const isGiven = isInside && isRepositoryVerb(verb) && roleMay('admin', verb);
        expect([name, verb, evaluateAccess(limited, verb, { repository }).allowed]).toEqual([name, verb, isGiven]);
      }
    }
    for (const verb of verbs) expect(evaluateAccess(limited, verb, {}).allowed).toBe(false);
  });
});

describe('a grant', () => {
  test('holds for its verbs, environments and apps alone', () => {
    const actor = workload([toStaging]);
    expect(refusals(actor, 'promote', 'web', 'staging')).toEqual([]);
    expect(refusals(actor, 'promote', 'web', 'production')).toHaveLength(1);
    expect(refusals(actor, 'promote', 'api', 'staging')).toHaveLength(1);
    expect(refusals(actor, 'rollback', 'web', 'staging')).toHaveLength(1);
  });

  test('is not put together with another one', () => {
    const actor = workload([toStaging, { rule: 2, may: ['rollback'], in: ['production'], apps: ['web'] }]);
    expect(refusals(actor, 'rollback', 'web', 'staging')).toHaveLength(2);
    expect(refusals(actor, 'promote', 'web', 'production')).toHaveLength(2);
    expect(refusals(actor, 'rollback', 'web', 'production')).toEqual([]);
  });

  test('without apps is for all of them', () => {
    const actor = workload([{ ...toStaging, apps: undefined }]);
    expect(refusals(actor, 'promote', 'anything', 'dev')).toEqual([]);
  });

  test('lets everything be read, wherever it is for', () => {
    for (const may of [['promote'], ['rollback'], ['read']] as const) {
      const actor = workload([{ ...toStaging, may }]);
      expect(evaluateAccess(actor, 'read', {}).allowed).toBe(true);
      expect(refusals(actor, 'read', 'api', 'production')).toEqual([]);
    }
  });

  test('never lets anybody administer, push or delete', () => {
    const actor = workload([{ rule: 1, may: ['promote', 'rollback', 'read'], in: ['dev'], apps: undefined }]);
    for (const verb of ['administer', 'push', 'delete', 'pull'] as const) {
      expect(refusals(actor, verb, 'web', 'dev')).toHaveLength(1);
    }
  });

  test('does not cover a request that names no place', () => {
    const actor = workload([{ ...toStaging, apps: undefined }]);
    expect(evaluateAccess(actor, 'promote', {}).allowed).toBe(false);
    expect(evaluateAccess(workload([toStaging]), 'promote', { environment: 'dev' }).allowed).toBe(false);
  });

  test('that fails in several ways says each of them', () => {
    expect(refusals(workload([toStaging]), 'rollback', 'api', 'production')).toEqual([
      'rule 1 gives promote, not rollback and is for dev, staging, not for production and is for web, not for api',
    ]);
  });
});

describe('a workload', () => {
  test('without a grant may not even read, and is told why every rule fails', () => {
    const actor = workload([], ['rule 1: ref is refs/heads/topic, not refs/heads/main', 'rule 2: …']);
    expect(refusals(actor, 'read', 'web', 'dev')).toEqual(actor.unmatched);
  });

  test('is told so when there is no rule at all', () => {
    expect(refusals(workload([]), 'read', 'web', 'dev')).toHaveLength(1);
  });

  test('is told of rules that match and of those that do not together', () => {
    expect(refusals(workload([toStaging], ['rule 2: …']), 'promote', 'web', 'production')).toHaveLength(2);
  });
});

describe('the name of an actor in records', () => {
  const named: readonly (readonly [run: Partial<Workload['run']>, name: string])[] = [
    [
      { workflow: 'acme/web/.github/workflows/promote.yml@refs/heads/main' },
      'github:acme/web by octocat (promote.yml, run 7391.2)',
    ],
    [{ attempt: undefined }, 'github:acme/web by octocat (run 7391)'],
    [{ by: undefined }, 'github:acme/web (run 7391.2)'],
    [{ by: undefined, id: undefined }, 'github:acme/web'],
  ];
  test.each(named)('of a workload whose run is %j is %s', (known, name) => {
    expect(formatActor({ ...workload([]), run: { ...run, ...known } })).toBe(name);
  });

  test('is a member’s own name', () => {
    expect(formatActor({ name: 'ann', role: 'admin' })).toBe('ann');
  });
});
