/** A plan as people see it before they agree to it. */
import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../../cli/render/plan.ts';
import { digests, planView } from '../sample-views.ts';
import { lookOf } from '../test-shell.ts';

const rollback = planView({
  kind: 'rollback',
  tags: ['production'],
  from: digests.second,
  fromVersion: '1.1.0',
  to: digests.first,
  toVersion: '1.0.0',
  version: '1.0.0',
  source: '127.0.0.1:7421/production/web',
  willHold: true,
  supersedes: ['01J0A', '01J0B'],
  undo: 'registry-action rollback web production --to 1.1.0 --reason "…"',
});

const refused = planView({
  decision: {
    allowed: false,
    reasons: [
      { code: 'FREEZE_ACTIVE', message: 'freeze "weekend" until Monday 08:00', wayOut: 'ask again after Monday 08:00' },
      { code: 'SOAK_UNFINISHED', message: 'current in staging for 2 h of 24 h', wayOut: 'ask again in 22 h' },
    ],
  },
});

describe('a plan', () => {
  const cases = [
    { name: 'shows releases, repositories, tags and the way back', plan: planView(), file: 'plan-promotion' },
    { name: 'shows what a rollback displaces, holds and leaves', plan: rollback, file: 'plan-rollback' },
    { name: 'shows every reason of a refusal with its way out', plan: refused, file: 'plan-refused' },
    {
      name: 'into an empty environment starts from nothing',
      plan: planView({ from: undefined, fromVersion: undefined }),
      file: 'plan-first',
    },
    {
      name: 'that is so already says it',
      plan: planView({ from: digests.second, fromVersion: '1.1.0' }),
      file: 'plan-already',
    },
  ];
  for (const { name, plan, file } of cases) {
    it(name, async () => {
      await expect(renderPlan(plan, lookOf())).toMatchFileSnapshot(`../golden/${file}.txt`);
    });
  }

  it('never cuts the command that undoes it', () => {
    expect(renderPlan(rollback, lookOf({ columns: 40 }))).toContain(rollback.undo);
  });
});
