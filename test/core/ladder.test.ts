import { describe, expect, test } from 'vitest';
import { planLadder } from '../../core/ladder.ts';
import { parseLadderPolicy, type WrittenLadderPolicy } from '../../core/ladder-policy.ts';
import { parseVersion } from '../../core/version.ts';

interface Case {
  readonly release: string;
  readonly existing?: readonly string[];
  readonly policy?: WrittenLadderPolicy;
  /** The exact tag first, then the rungs that move, in order. */
  readonly tags: readonly string[];
  /** Reason, then the version the rung is held at. */
  readonly held?: Readonly<Record<string, string>>;
  readonly warnings?: readonly string[];
}

function expectCase({ release, existing = [], policy = {}, tags, held = {}, warnings = [] }: Case): void {
  const version = parseVersion(release);
  const plan = planLadder({ version, existingTags: existing, policy: parseLadderPolicy(policy) });
  expect([plan.exact, ...plan.move.map(({ tag }) => tag)]).toEqual(tags);
  expect(
    Object.fromEntries(plan.hold.map(({ tag, reason, heldAt }) => [tag, `${reason} ${heldAt ?? ''}`.trim()])),
  ).toEqual(held);
  expect(plan.warnings.map(({ code }) => code)).toEqual(warnings);
}

const cases: Readonly<Record<string, readonly (Case & { readonly title: string })[]>> = {
  'rungs of stable versions': [
    {
      title: 'the first version takes every rung',
      release: '1.0.0',
      tags: ['1.0.0', '1.0', '1', 'latest'],
    },
    {
      title: 'a backport takes its own major and leaves latest at the newer one',
      release: '1.9.1',
      existing: ['1.9.0', '1.9', '1', '2.0.1', '2.0', '2', 'latest'],
      tags: ['1.9.1', '1.9', '1'],
      held: { latest: 'higher-exists 2.0.1' },
    },
    {
      title: 'a backport to an older minor takes that minor alone',
      release: '1.8.5',
      existing: ['1.8.4', '1.9.0', '2.0.0'],
      tags: ['1.8.5', '1.8'],
      held: { '1': 'higher-exists 1.9.0', latest: 'higher-exists 2.0.0' },
    },
    {
      title: 'a version that is already overtaken is written as its exact tag only',
      release: '1.2.3',
      existing: ['1.2.4'],
      tags: ['1.2.3'],
      held: { '1.2': 'higher-exists 1.2.4', '1': 'higher-exists 1.2.4', latest: 'higher-exists 1.2.4' },
    },
    {
      title: 'numbers are compared as numbers',
      release: '1.10.0',
      existing: ['1.9.0', '1.9.10'],
      tags: ['1.10.0', '1.10', '1', 'latest'],
    },
    {
      title: 'a version released again takes the same rungs again',
      release: '1.2.3',
      existing: ['1.2.3', '1.2', '1', 'latest'],
      tags: ['1.2.3', '1.2', '1', 'latest'],
    },
    {
      title: 'tags that are no canonical exact tags are not ranked',
      release: '1.2.3',
      existing: [
        'v1.2.9',
        '1.02.9',
        '20240101',
        '1.2.x',
        '1.3',
        '2',
        'latest',
        `sha256-${'0'.repeat(64)}.sig`,
        '1.2.9_b1',
      ],
      tags: ['1.2.3', '1.2', '1', 'latest'],
    },
    {
      title: 'prereleases hold no stable rung back',
      release: '1.2.3',
      existing: ['1.2.4-rc.1', '2.0.0-beta.1'],
      tags: ['1.2.3', '1.2', '1', 'latest'],
    },
    { title: 'there is no rung 0', release: '0.3.1', tags: ['0.3.1', '0.3', 'latest'] },
    {
      title: 'there is a rung 0 where the policy asks for it',
      release: '0.3.1',
      policy: { zeroMajor: true },
      tags: ['0.3.1', '0.3', '0', 'latest'],
    },
    {
      title: 'rungs that the policy does not name are left alone',
      release: '1.2.3',
      policy: { rungs: ['latest', 'exact', 'minor'] },
      tags: ['1.2.3', '1.2', 'latest'],
    },
    { title: 'a policy may want the exact tag only', release: '1.2.3', policy: { rungs: ['exact'] }, tags: ['1.2.3'] },
  ],
  'who takes latest': [
    { title: 'never: nobody', release: '1.2.3', policy: { latest: 'never' }, tags: ['1.2.3', '1.2', '1'] },
    {
      title: 'always: a backport too',
      release: '1.2.3',
      existing: ['2.0.0'],
      policy: { latest: 'always' },
      tags: ['1.2.3', '1.2', '1', 'latest'],
    },
    {
      title: 'always: a prerelease does not, all the same',
      release: '1.2.3-rc.1',
      policy: { latest: 'always' },
      tags: ['1.2.3-rc.1', 'rc'],
    },
    {
      title: 'a range: the highest of the range, though a higher one exists',
      release: '1.9.1',
      existing: ['1.9.0', '2.0.0'],
      policy: { latest: '1.x' },
      tags: ['1.9.1', '1.9', '1', 'latest'],
    },
    {
      title: 'a range: not a version outside it',
      release: '2.0.1',
      existing: ['1.9.0', '2.0.0'],
      policy: { latest: '1.x' },
      tags: ['2.0.1', '2.0', '2'],
      held: { latest: 'out-of-range 1.9.0' },
    },
    {
      title: 'a range: nobody as long as it is empty',
      release: '2.0.0',
      policy: { latest: '1.x' },
      tags: ['2.0.0', '2.0', '2'],
      held: { latest: 'out-of-range' },
    },
  ],
  prereleases: [
    { title: 'a prerelease takes its channel and nothing else', release: '1.2.3-rc.1', tags: ['1.2.3-rc.1', 'rc'] },
    {
      title: 'a channel stays at the highest prerelease, across versions',
      release: '1.2.3-rc.2',
      existing: ['1.3.0-rc.1', '2.0.0-beta.1', '3.0.0'],
      tags: ['1.2.3-rc.2'],
      held: { rc: 'higher-exists 1.3.0-rc.1' },
    },
    {
      title: 'identifiers of a channel are compared as numbers',
      release: '1.2.3-rc.10',
      existing: ['1.2.3-rc.9'],
      tags: ['1.2.3-rc.10', 'rc'],
    },
    { title: 'a numeric identifier makes no channel', release: '1.2.3-1', tags: ['1.2.3-1'] },
    {
      title: 'an identifier with a digit makes no channel',
      release: '1.2.3-x86',
      tags: ['1.2.3-x86'],
      warnings: ['prerelease-misordered'],
    },
    {
      title: 'rc10 is reported, because it comes before rc9',
      release: '1.2.3-rc10',
      existing: ['1.2.3-rc9'],
      tags: ['1.2.3-rc10'],
      warnings: ['prerelease-misordered'],
    },
    {
      title: 'a prerelease called latest does not move latest',
      release: '1.2.3-latest.1',
      tags: ['1.2.3-latest.1'],
      warnings: ['channel-reserved'],
    },
    { title: 'nor in capitals', release: '1.2.3-LATEST.1', tags: ['1.2.3-LATEST.1'], warnings: ['channel-reserved'] },
    ...['dev', 'staging', 'production', 'prod', 'sha', 'shabc'].map((name) => ({
      title: `a prerelease called ${name} has no channel`,
      release: `1.2.3-${name}.1`,
      tags: [`1.2.3-${name}.1`],
      warnings: ['channel-reserved'],
    })),
    {
      title: 'the environments of the configuration are reserved, and only they',
      release: '1.2.3-live.1',
      policy: { channels: { reserved: ['live'] } },
      tags: ['1.2.3-live.1'],
      warnings: ['channel-reserved'],
    },
    {
      title: 'dev is a channel where no environment has that name',
      release: '1.2.3-dev.1',
      policy: { channels: { reserved: ['live'] } },
      tags: ['1.2.3-dev.1', 'dev'],
    },
    {
      title: 'no channel moves where the policy has none, and no warning is due',
      release: '1.2.3-dev.1',
      policy: { rungs: ['minor', 'latest'] },
      tags: ['1.2.3-dev.1'],
    },
  ],
  'channels that include stable releases': [
    {
      title: 'a stable release takes every channel it overtakes',
      release: '1.3.0',
      existing: ['1.3.0-rc.2', '1.4.0-beta.1', '1.3.0-alpha.1'],
      policy: { channels: { includeStable: true } },
      tags: ['1.3.0', '1.3', '1', 'latest', 'alpha', 'rc'],
      held: { beta: 'higher-exists 1.4.0-beta.1' },
    },
    {
      title: 'a prerelease that a stable release has overtaken takes nothing',
      release: '1.3.0-rc.3',
      existing: ['1.3.0-rc.2', '1.3.0'],
      policy: { channels: { includeStable: true } },
      tags: ['1.3.0-rc.3'],
      held: { rc: 'higher-exists 1.3.0' },
    },
    {
      title: 'a stable release makes no channel of its own',
      release: '1.3.0',
      existing: ['1.3.0-1', '1.3.0-latest.1'],
      policy: { channels: { includeStable: true } },
      tags: ['1.3.0', '1.3', '1', 'latest'],
    },
  ],
  'prefixes and variants': [
    {
      title: 'the prefix v is written before numbers alone',
      release: '1.2.3',
      existing: ['2.0.0', 'v1.2.2'],
      policy: { naming: { tagPrefix: 'v' } },
      tags: ['v1.2.3', 'v1.2', 'v1', 'latest'],
    },
    {
      title: 'a component has a ladder of its own',
      release: '1.2.3',
      existing: ['2.0.0', 'web-2.0.0', 'api-1.2.2'],
      policy: { naming: { component: 'api-' } },
      tags: ['api-1.2.3', 'api-1.2', 'api-1', 'api-latest'],
    },
    {
      title: 'a variant has a ladder of its own',
      release: '1.2.3',
      existing: ['2.0.0', '3.0.0-slim-alpine', '1.2.2-alpine'],
      policy: { naming: { variant: 'alpine', variants: ['alpine', 'slim-alpine'] } },
      tags: ['1.2.3-alpine', '1.2-alpine', '1-alpine', 'latest-alpine'],
    },
    {
      title: 'a prerelease of a variant takes the channel of the variant',
      release: '1.2.3-rc.1',
      policy: { naming: { variant: 'alpine' } },
      tags: ['1.2.3-rc.1-alpine', 'rc-alpine'],
    },
    {
      title: 'a declared variant does not disturb the plain ladder',
      release: '1.2.3',
      existing: ['1.2.4-alpine'],
      policy: { naming: { variants: ['alpine'] }, channels: { includeStable: true } },
      tags: ['1.2.3', '1.2', '1', 'latest'],
    },
    {
      title: 'an undeclared variant is a prerelease on the channel of that name',
      release: '1.2.3-alpine',
      tags: ['1.2.3-alpine', 'alpine'],
    },
    {
      title: 'a channel may not be called like a declared variant',
      release: '1.2.3-alpine.1',
      policy: { naming: { variants: ['alpine'] } },
      tags: ['1.2.3-alpine.1'],
      warnings: ['channel-reserved'],
    },
  ],
  'build metadata': [
    {
      title: 'a plus is written as an underscore where the policy says so',
      release: '1.2.3+b2',
      existing: ['1.2.3_b1', '1.2.3'],
      policy: { naming: { buildMetadata: 'underscore' } },
      tags: ['1.2.3_b2', '1.2', '1', 'latest'],
    },
    {
      title: 'of two builds of one version the later build has the rungs',
      release: '1.2.3+b2',
      existing: ['1.2.3_b3'],
      policy: { naming: { buildMetadata: 'underscore' } },
      tags: ['1.2.3_b2'],
      held: { '1.2': 'higher-exists 1.2.3+b3', '1': 'higher-exists 1.2.3+b3', latest: 'higher-exists 1.2.3+b3' },
    },
  ],
  'yanked versions': [
    {
      title: 'a yanked version holds nothing back',
      release: '1.4.1',
      existing: ['1.4.2'],
      policy: { yanked: ['v1.4.2'] },
      tags: ['1.4.1', '1.4', '1', 'latest'],
    },
    {
      title: 'a yanked version takes nothing',
      release: '1.4.2',
      existing: ['1.4.1'],
      policy: { yanked: ['1.4.2'] },
      tags: ['1.4.2'],
      held: { '1.4': 'yanked 1.4.1', '1': 'yanked 1.4.1', latest: 'yanked 1.4.1' },
    },
  ],
  holds: [
    {
      title: 'a held rung stays, the others move',
      release: '1.4.2',
      existing: ['1.4.1'],
      policy: { holds: ['hold latest at 1.4.1 until >1.4.2'] },
      tags: ['1.4.2', '1.4', '1'],
      held: { latest: 'on-hold 1.4.1' },
    },
    {
      title: 'a hold ends with the first version in its range',
      release: '1.4.3',
      existing: ['1.4.1', '1.4.2'],
      policy: { holds: ['latest at 1.4.1 until >1.4.2'] },
      tags: ['1.4.3', '1.4', '1', 'latest'],
    },
    {
      title: 'a hold that has ended does not come back',
      release: '1.4.4',
      existing: ['1.4.1', '1.4.2', '1.4.3'],
      policy: { holds: ['latest at 1.4.1 until 1.4.3'] },
      tags: ['1.4.4', '1.4', '1', 'latest'],
    },
    {
      title: 'a yanked version does not end a hold',
      release: '1.3.9',
      existing: ['1.4.1', '1.4.2', '1.4.3'],
      policy: { holds: ['latest at 1.4.1 until >1.4.2'], yanked: ['1.4.3'] },
      tags: ['1.3.9', '1.3'],
      held: { '1': 'higher-exists 1.4.2', latest: 'on-hold 1.4.1' },
    },
    {
      title: 'the version a hold names takes the rung, though higher ones exist',
      release: '1.4.1',
      existing: ['1.4.1', '1.4.2'],
      policy: { holds: ['latest at 1.4.1'] },
      tags: ['1.4.1', 'latest'],
      held: { '1.4': 'higher-exists 1.4.2', '1': 'higher-exists 1.4.2' },
    },
    {
      title: 'a hold goes before latest: always',
      release: '2.0.0',
      existing: ['1.4.1'],
      policy: { holds: ['latest at 1.4.1'], latest: 'always' },
      tags: ['2.0.0', '2.0', '2'],
      held: { latest: 'on-hold 1.4.1' },
    },
    {
      title: 'a channel can be held, until a prerelease',
      release: '1.5.0-rc.4',
      existing: ['1.5.0-rc.1', '1.5.0-rc.3'],
      policy: { holds: ['rc at 1.5.0-rc.1 until >1.5.0-rc.4'] },
      tags: ['1.5.0-rc.4'],
      held: { rc: 'on-hold 1.5.0-rc.1' },
    },
  ],
};

for (const [subject, group] of Object.entries(cases)) {
  describe(subject, () => {
    test.each(group)('$title', (one) => expectCase(one));
  });
}

describe('plans', () => {
  test('a plan says why each rung moves', () => {
    const policy = parseLadderPolicy({ latest: 'always', holds: ['1 at 1.4.1'] });
    const plan = planLadder({ version: parseVersion('1.4.1'), existingTags: ['2.0.0'], policy });
    expect(plan.move).toEqual([
      { tag: '1.4', rung: 'minor', reason: 'highest' },
      { tag: '1', rung: 'major', reason: 'held-here' },
      { tag: 'latest', rung: 'latest', reason: 'always' },
    ]);
  });

  test('a warning names the version, what is wrong and what to write instead', () => {
    const { warnings } = planLadder({ version: parseVersion('1.2.3-rc10'), existingTags: [] });
    expect(warnings[0]?.message).toContain('rc10 in 1.2.3-rc10');
    expect(warnings[0]?.message).toContain('write rc.10');
  });
});

describe('a policy', () => {
  test.each([
    { latest: 'newest' },
    { latest: '' },
    { rungs: ['patch'] },
    { holds: ['latest'] },
    { holds: ['latest at 1.4.1 until'] },
    { holds: ['latest at 1.4.1 until soon'] },
  ])('%o is refused', (written) => {
    expect(() => parseLadderPolicy(written)).toThrow(expect.objectContaining({ code: 'LADDER_INVALID' }));
  });

  test.each([{ yanked: ['1.4'] }, { holds: ['latest at 1.4'] }, { holds: ['latest at 1.4.1+b1'] }])(
    '%o names no version',
    (written) => {
      expect(() => parseLadderPolicy(written)).toThrow(expect.objectContaining({ code: 'VERSION_INVALID' }));
    },
  );
});
