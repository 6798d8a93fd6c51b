import { expect, test } from 'vitest';
import { evaluateGates, type GateView } from '../../core/gate.ts';
import { type PlanRequest, planMove } from '../../core/plan.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';

const one = { digest: parseDigest(`sha256:${'1'.repeat(64)}`), version: '1.0.0' };
const two = { digest: parseDigest(`sha256:${'2'.repeat(64)}`), version: '1.1.0' };
const request: PlanRequest = {
  kind: 'promotion',
  app: 'web',
  environment: 'staging',
  from: one,
  to: two,
  source: { registry: 'hub', repository: parseRepositoryName('dev/web') },
  target: { registry: 'hub', repository: parseRepositoryName('staging/web') },
  decision: { allowed: true },
  supersedes: [],
};
const asItIs = (text: string) => text;

test('a promotion moves the exact tag and then the environment’s', () => {
  expect(planMove(request, asItIs).tags).toEqual(['1.1.0', 'staging']);
});

test('a rollback moves the environment’s tag alone, and holds', () => {
  expect(planMove({ ...request, kind: 'rollback' }, asItIs)).toMatchObject({ tags: ['staging'], willHold: true });
});

test('the undo command names the version that was current', () => {
  expect(planMove(request, asItIs).undo).toBe('registry-action rollback web staging --to 1.0.0 --reason "…"');
});

test.each<[string, Partial<PlanRequest>]>([
  ['digest', { to: { ...two, digest: one.digest } }],
  ['current digest', { from: undefined }],
  ['environment', { environment: 'production' }],
  ['app', { app: 'api' }],
  ['tag', { to: { ...two, version: undefined } }],
  ['kind', { kind: 'rollback' }],
])('another %s is another plan', (_, change) => {
  expect(planMove({ ...request, ...change }, asItIs).planId).not.toBe(planMove(request, asItIs).planId);
});

test('where the content lies and what waits do not change the plan', () => {
  const elsewhere = { ...request, source: { ...request.source, registry: 'mirror' }, supersedes: ['p-1'] };
  expect(planMove(elsewhere, asItIs).planId).toBe(planMove(request, asItIs).planId);
});

const open: GateView = {
  app: 'web',
  environment: 'production',
  to: two,
  quarantined: new Set(),
  upstream: { environment: 'staging', wasCurrent: new Set([two.digest]) },
  automatic: false,
  held: false,
};

test.each<[string, Partial<GateView>, readonly string[]]>([
  ['nothing stands in the way', {}, []],
  ['the digest is quarantined', { quarantined: new Set([two.digest]) }, ['DIGEST_QUARANTINED']],
  [
    'it was never current upstream',
    { upstream: { environment: 'staging', wasCurrent: new Set() } },
    ['UPSTREAM_NEVER_CURRENT'],
  ],
  ['a person promotes in a held environment', { held: true }, []],
  ['automation meets a hold', { held: true, automatic: true }, ['AUTOMATION_HELD']],
  [
    'everything stands in the way',
    {
      held: true,
      automatic: true,
      quarantined: new Set([two.digest]),
      upstream: { environment: 'staging', wasCurrent: new Set() },
    },
    ['DIGEST_QUARANTINED', 'UPSTREAM_NEVER_CURRENT', 'AUTOMATION_HELD'],
  ],
])('when %s, the gates answer with every reason', (_, change, codes) => {
  const decision = evaluateGates({ ...open, ...change });
  expect(decision.allowed ? [] : decision.reasons.map((reason) => reason.code)).toEqual(codes);
});
