/** The lane protocol searched: nothing goes wrong with all rules, and something does without any one of them. */
import { describe, expect, test } from 'vitest';
import { search } from './lane-model.ts';
import { type ModelRule, modelRules } from './lane-model-rules.ts';
import type { Bounds } from './lane-model-state.ts';

const nothing: Bounds = {
  promotions: [],
  rollbacks: [],
  direct: undefined,
  faults: 0,
  stalls: 0,
  failovers: 0,
  loses: false,
  failures: 0,
  fine: false,
  drift: 'report',
};

/** A rollback without a target, which stays when a promotion has started; and one to a digest that somebody named. */
const stay = { digest: 'a', isDefault: true };
const to = (digest: string) => ({ digest, isDefault: false });

interface Row {
  readonly what: string;
  readonly bounds: Partial<Bounds>;
  /** States that there are at least: a search that becomes smaller has lost moves. */
  readonly least: number;
}

const rows: readonly Row[] = [
  {
    what: 'a promotion, a rollback, two faults and a freeze',
    bounds: { promotions: ['c'], rollbacks: [stay], faults: 2, stalls: 1 },
    least: 70_000,
  },
  {
    what: 'the same in fine steps with one fault',
    bounds: { promotions: ['c'], rollbacks: [stay], faults: 1, stalls: 1, fine: true },
    least: 25_000,
  },
  {
    what: 'a promotion and a rollback to a named digest, two faults and a freeze',
    bounds: { promotions: ['c'], rollbacks: [to('a')], faults: 2, stalls: 1 },
    least: 75_000,
  },
  {
    what: 'two promotions, a rollback and a fault',
    bounds: { promotions: ['c', 'd'], rollbacks: [stay], faults: 1 },
    least: 17_000,
  },
  {
    what: 'two promotions of one digest, a rollback and a freeze',
    bounds: { promotions: ['c', 'c'], rollbacks: [stay], stalls: 1 },
    least: 9_000,
  },
  {
    what: 'two promotions and two rollbacks, of which the second may join the first',
    bounds: { promotions: ['c', 'd'], rollbacks: [stay, to('a')] },
    least: 15_000,
  },
  {
    what: 'commands that end as failed, at any write that gets no answer',
    bounds: { promotions: ['c'], rollbacks: [stay], faults: 2, failures: 1 },
    least: 22_000,
  },
  {
    what: 'a failover to a replica that is behind or empty, and a fault',
    bounds: { promotions: ['c'], rollbacks: [stay], faults: 1, failovers: 1, loses: true },
    least: 120_000,
  },
  {
    what: 'a failover and two rollbacks, to two digests',
    bounds: { promotions: ['c'], rollbacks: [stay, to('c')], failovers: 1 },
    least: 100_000,
  },
  {
    what: 'a failover where drift is adopted',
    bounds: { promotions: ['c'], rollbacks: [to('a')], failovers: 1, drift: 'adopt' },
    least: 9_000,
  },
  {
    what: 'a failover where drift is healed',
    bounds: { promotions: ['c'], rollbacks: [to('a')], failovers: 1, drift: 'heal' },
    least: 9_000,
  },
  {
    what: 'a direct rollback beside a promotion and a rollback, and a fault',
    bounds: { promotions: ['c'], rollbacks: [stay], direct: 'a', faults: 1 },
    least: 40_000,
  },
  {
    what: 'a direct rollback beside a rollback, and a failover',
    bounds: { rollbacks: [to('c')], direct: 'a', failovers: 1 },
    least: 14_000,
  },
];

/** Minutes, not seconds, and gigabytes: searched when REGISTRY_ACTION_SOAK is set. */
const large: readonly Row[] = [
  {
    what: 'two promotions, a rollback, two faults and a freeze, in fine steps',
    bounds: { promotions: ['c', 'd'], rollbacks: [stay], faults: 2, stalls: 1, fine: true },
    least: 2_000_000,
  },
  {
    what: 'two promotions, a rollback, a fault and a failover',
    bounds: { promotions: ['c', 'd'], rollbacks: [stay], faults: 1, failovers: 1 },
    least: 2_000_000,
  },
  {
    what: 'a promotion, a rollback, two faults, a freeze and a failover',
    bounds: { promotions: ['c'], rollbacks: [stay], faults: 2, stalls: 1, failovers: 1 },
    least: 4_000_000,
  },
  {
    what: 'a promotion, two rollbacks, a fault and a failover',
    bounds: { promotions: ['c'], rollbacks: [stay, to('c')], faults: 1, failovers: 1 },
    least: 2_500_000,
  },
  {
    what: 'a direct rollback beside a promotion and a rollback, a fault and a failover',
    bounds: { promotions: ['c'], rollbacks: [stay], direct: 'a', faults: 1, failovers: 1 },
    least: 4_000_000,
  },
];

const searched = process.env['REGISTRY_ACTION_SOAK'] === undefined ? rows : [...rows, ...large];

test.each(searched)('$what: nothing goes wrong', { timeout: 1_200_000 }, ({ bounds, least }) => {
  const { states, quiet, breach, moves, isComplete } = search({ ...nothing, ...bounds });
  expect(breach, `after ${states} states:\n${moves.join('\n')}`).toBeUndefined();
  expect(isComplete, `${states} states are more than a search holds`).toBe(true);
  expect(states, `${states} states, ${quiet} of them quiet`).toBeGreaterThan(least);
});

/** Where the breach of each rule is looked for. A rule that another one stands in for is switched off together with it. */
const mutants: Readonly<Record<ModelRule, Mutant>> = {
  'retire-under-token': { promotions: ['c'], rollbacks: [stay], fine: true, breach: 'S2' },
  'intent-per-attempt': { promotions: ['c', 'd'], faults: 1, breach: 'S2' },
  'sweeper-only-rings': { promotions: ['c'], faults: 1, breach: 'S2' },
  'sweeper-decides': { promotions: ['c'], faults: 2, failures: 1, breach: 'S2' },
  'rollback-removes-waiting': { promotions: ['c'], rollbacks: [stay], breach: 'S1' },
  'joining-removes-waiting': { promotions: ['c'], rollbacks: [stay, stay], breach: 'S1' },
  'rollback-fences': { promotions: ['c'], rollbacks: [stay], and: ['commit-asserts-head'], breach: 'S4' },
  'stay-writes-entry': { promotions: ['c'], rollbacks: [stay], and: ['failure-settled'], breach: 'S5' },
  'numbers-reserved': { promotions: ['c'], rollbacks: [stay], breach: 'S3' },
  'run-id-in-token': { promotions: ['c'], rollbacks: [stay], failovers: 1, breach: 'S1' },
  'commit-under-token': { promotions: ['c'], rollbacks: [stay], faults: 2, stalls: 1, breach: 'S2' },
  'commit-asserts-head': { promotions: ['c'], rollbacks: [stay], and: ['rollback-fences'], breach: 'S4' },
  'import-supersedes': { promotions: ['c'], rollbacks: [to('a'), to('a')], failovers: 1, breach: 'S1' },
  'import-supersedes-all': { rollbacks: [to('a'), to('c')], failovers: 1, breach: 'S1' },
  'import-opens-intents': { promotions: ['c'], failovers: 1, faults: 1, breach: 'S2' },
  'import-settles': {
    promotions: ['c'],
    rollbacks: [stay],
    failovers: 1,
    faults: 1,
    and: ['failure-settled'],
    breach: 'S2',
  },
  'settlement-per-digest': { promotions: ['c'], failovers: 1, faults: 1, rollbacks: [stay], breach: 'S3' },
  'completion-knows-command': { promotions: ['c'], failovers: 1, breach: 'S4' },
  'import-heeds-adoption': { rollbacks: [to('c')], direct: 'a', failovers: 1, breach: 'S6' },
  'direct-opens-intent': { promotions: ['c'], direct: 'a', breach: 'S2' },
  'list-after-flip': { promotions: ['c'], direct: 'a', breach: 'S2' },
  'late-write-repaired': { promotions: ['c'], rollbacks: [stay], breach: 'S2' },
  'half-written-repaired': { promotions: ['c'], faults: 2, failures: 1, breach: 'S2' },
  'failure-settled': { promotions: ['c'], faults: 1, failures: 1, breach: 'S2' },
};

interface Mutant extends Partial<Bounds> {
  readonly and?: readonly ModelRule[];
  /** The property that is broken first. */
  readonly breach: string;
}

describe('without the rule that', () => {
  test.each(Object.entries(mutants))(
    '%s upholds, the search finds the breach',
    (rule, { and = [], breach, ...bounds }) => {
      const without = [rule, ...and] as ModelRule[];
      const found = search({ ...nothing, ...bounds }, without);
      const told = without.map((name) => modelRules[name]).join('; ');
      expect(found.breach?.slice(0, 2), `${found.states} states without: ${told}\n${found.moves.join('\n')}`).toBe(
        breach,
      );
    },
  );
});

describe('what the model was asked', () => {
  test('a head whose own flip is under the tag may run again at once or after a repair', () => {
    const bounds = { ...nothing, promotions: ['c'], rollbacks: [stay], faults: 2, failures: 1 };
    expect(search(bounds, ['own-flip-runs-again']).breach).toBeUndefined();
  });

  test('a write that is left out because the tag is already there does no harm while intents never expire', () => {
    const bounds = { ...nothing, promotions: ['c'], rollbacks: [stay], faults: 2, stalls: 1 };
    expect(search(bounds, ['write-never-skipped']).breach).toBeUndefined();
  });
});
