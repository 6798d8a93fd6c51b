import { describe, expect, test } from 'vitest';
import { parseLadderPolicy, type WrittenLadderPolicy } from '../../core/ladder-policy.ts';
import { listTagsToResolve, planRepair } from '../../core/ladder-repair.ts';
import { parseVersion } from '../../core/version.ts';
import { parseDigest } from '../../oci/spec/digest.ts';
import { digestOfText } from './ladder-repository.ts';

interface Case {
  readonly title: string;
  /** Each tag and the exact tag whose digest it has; `?` when the digest is not known. */
  readonly existing: Readonly<Record<string, string>>;
  readonly policy?: WrittenLadderPolicy;
  readonly version?: string;
  /** Each rung to re-point, and the exact tag to point it at. */
  readonly repairs: Readonly<Record<string, string>>;
  readonly unresolved?: readonly string[];
}

function expectCase({ existing, policy = {}, version, repairs, unresolved = [] }: Case): void {
  const plan = planRepair({
    existing: new Map(Object.entries(existing).map(([tag, of]) => [tag, of === '?' ? undefined : digestOfText(of)])),
    policy: parseLadderPolicy(policy),
    ...(version !== undefined && { version: parseVersion(version) }),
  });
  expect(Object.fromEntries(plan.move.map(({ tag, version: text }) => [tag, text]))).toEqual(repairs);
  for (const { tag, from, to } of plan.move) {
    expect(from).toBe(existing[tag] === undefined ? undefined : digestOfText(existing[tag]));
    expect(to).toBe(digestOfText(repairs[tag] ?? ''));
  }
  expect(plan.unresolved).toEqual(unresolved);
}

const whole = { '1.0.0': '1.0.0', '1.1.0': '1.1.0', '1.0': '1.0.0', '1.1': '1.1.0', '1': '1.1.0', latest: '1.1.0' };

describe('a repair', () => {
  test.each<Case>([
    { title: 'of a whole ladder moves nothing', existing: whole, repairs: {} },
    {
      title: 're-points rungs that went backwards',
      existing: { ...whole, '1': '1.0.0', latest: '1.0.0' },
      repairs: { '1': '1.1.0', latest: '1.1.0' },
    },
    {
      title: 'makes the rungs that a killed release did not get to',
      existing: { ...whole, '2.0.0': '2.0.0', '2.0': '2.0.0' },
      repairs: { '2': '2.0.0', latest: '2.0.0' },
    },
    {
      title: 'around one version leaves the other lines alone',
      existing: { ...whole, '1.0': '1.1.0', latest: '1.0.0' },
      version: '1.1.0',
      repairs: { latest: '1.1.0' },
    },
    {
      title: 'leaves tags alone that are no rungs',
      existing: { ...whole, edge: '1.0.0', production: '1.0.0', '7': '1.0.0', '1.1-alpine': '1.0.0' },
      repairs: {},
    },
    {
      title: 'takes a yanked version off its rungs',
      existing: whole,
      policy: { yanked: ['1.1.0'] },
      repairs: { '1': '1.0.0', latest: '1.0.0' },
    },
    {
      title: 'does not undo a hold, and enforces it',
      existing: { ...whole, latest: '1.0.0' },
      policy: { holds: ['latest at 1.0.0', '1 at 1.0.0'] },
      repairs: { '1': '1.0.0' },
    },
    {
      title: 'leaves a rung alone that is held at a version that is not there, of another line, or yanked',
      existing: { ...whole, '1.1': '1.0.0' },
      policy: { holds: ['latest at 0.9.0', '1.1 at 1.0.0', '1 at 1.0.0'], yanked: ['1.0.0'] },
      repairs: {},
    },
    {
      title: 'does not know who has latest under `always`',
      existing: { ...whole, latest: '1.0.0' },
      policy: { latest: 'always' },
      repairs: {},
    },
    {
      title: 'moves a channel on to a stable release where the policy says so',
      existing: { '1.0.0-rc.1': '1.0.0-rc.1', rc: '1.0.0-rc.1', ...whole },
      policy: { channels: { includeStable: true } },
      repairs: { rc: '1.1.0' },
    },
    {
      title: 'says which digests it lacks, and moves the rest',
      existing: { ...whole, '1.1.0': '?', '1.0': '?', '2.0.0': '2.0.0', '2': '1.0.0', '2.0': '2.0.0' },
      repairs: { '2': '2.0.0', latest: '2.0.0' },
      unresolved: ['1.0', '1.1.0', '1.1.0'],
    },
  ])('$title', (one) => expectCase(one));
});

describe('the digests a repair needs', () => {
  test('are those of the rungs that exist and of the exact tags they belong to', () => {
    const tags = [...Object.keys(whole), '0.1.0', 'edge', 'production', '1.0.0-rc.1'];
    expect(new Set(listTagsToResolve(tags))).toEqual(new Set([...Object.keys(whole), '0.1.0', '1.0.0-rc.1']));
    expect(listTagsToResolve(tags, parseLadderPolicy({}), parseVersion('1.0.0'))).toEqual([
      '1.0.0',
      '1.0',
      '1.1.0',
      '1',
      'latest',
    ]);
  });

  test('suffice', () => {
    const existing = new Map(
      Object.keys({ ...whole, '0.9.0': '', junk: '' }).map((tag) => [tag, parseDigest(`sha256:${'0'.repeat(64)}`)]),
    );
    const known = new Set<string>(listTagsToResolve([...existing.keys()]));
    const partly = new Map([...existing].map(([tag, digest]) => [tag, known.has(tag) ? digest : undefined]));
    expect(planRepair({ existing: partly })).toEqual(planRepair({ existing }));
  });
});
