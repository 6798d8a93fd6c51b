/** The rules about tags: what is written once, what is the service's, what needs which permission, what break-glass does. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRepositoryPattern } from '../../core/repository-pattern.ts';
import {
  evaluateTagChange,
  type TagDecision,
  type TagQuestion,
  type TagRights,
  type TagRules,
  type TagStanding,
} from '../../core/tag-rules.ts';
import { defaultEnvironmentPlaces, defaultTagSettings } from '../../core/tag-settings.ts';
import type { Digest } from '../../oci/spec/digest.ts';

const rules: TagRules = { tags: defaultTagSettings, environments: defaultEnvironmentPlaces };
const [one, two, three] = ['1', '2', '3'].map((digit) => `sha256:${digit.repeat(64)}`) as [Digest, Digest, Digest];

const none: TagRights = { overwrite: false, delete: false, environmentTags: false, breakGlass: false };
const pusher: TagRights = { ...none, overwrite: true };
const service: TagRights = { ...pusher, environmentTags: true };
const admin: TagRights = { ...pusher, delete: true, breakGlass: true };

function ask(tag: string, asked: Partial<TagQuestion>, held: TagRules = rules): readonly string[] {
  const decision = evaluateTagChange(held, {
    ...{
      repository: 'staging/web',
      tag,
      change: { kind: 'move', to: two },
      standing: {},
      rights: none,
      breaksGlass: false,
    },
    ...asked,
  });
  return decision.allowed
    ? decision.overridden.map(({ code }) => `over ${code}`)
    : decision.reasons.map(({ code }) => code);
}

interface Case extends Partial<TagQuestion> {
  readonly tag: string;
  /** Codes of the refusal; those that break-glass overrode with `over` before them. */
  readonly codes: readonly string[];
}

const remove = { kind: 'delete' } as const;
const there = { digest: one };

const cases: readonly [string, Case][] = [
  ['a new tag needs nothing but a push', { tag: 'edge', codes: [] }],
  ['a tag that is pushed again as it stands needs no more', { tag: 'edge', standing: { digest: two }, codes: [] }],
  ['an existing tag needs overwrite', { tag: 'edge', standing: there, codes: ['ACCESS_DENIED'] }],
  ['an existing tag is moved by who may overwrite', { tag: 'edge', standing: there, rights: pusher, codes: [] }],
  ['a tag is deleted by who may delete', { tag: 'edge', change: remove, standing: there, rights: admin, codes: [] }],
  [
    'a pusher deletes no tag',
    { tag: 'edge', change: remove, standing: there, rights: pusher, codes: ['ACCESS_DENIED'] },
  ],
  ['a new exact tag is anybody’s who may push', { tag: '1.0.0', codes: [] }],
  ['an exact tag is moved by nobody', { tag: '1.0.0', standing: there, rights: admin, codes: ['TAG_IMMUTABLE'] }],
  [
    'an exact tag is not deleted',
    { tag: '1.0.0', change: remove, standing: there, rights: admin, codes: ['TAG_IMMUTABLE'] },
  ],
  [
    'an exact tag that was deleted names no other digest',
    { tag: '1.0.0', standing: { removed: one }, rights: admin, codes: ['TAG_IMMUTABLE'] },
  ],
  ['an exact tag that was deleted comes back as it was', { tag: '1.0.0', standing: { removed: two }, codes: [] }],
  ['every reason is told', { tag: '1.0.0', standing: there, codes: ['TAG_IMMUTABLE', 'ACCESS_DENIED'] }],
  [
    'break-glass moves an exact tag',
    { tag: '1.0.0', standing: there, rights: admin, breaksGlass: true, codes: ['over TAG_IMMUTABLE'] },
  ],
  [
    'break-glass is refused to who may not, even for nothing',
    { tag: 'edge', rights: pusher, breaksGlass: true, codes: ['ACCESS_DENIED'] },
  ],
  [
    'break-glass replaces no permission',
    {
      tag: 'edge',
      standing: there,
      rights: { ...none, breakGlass: true },
      breaksGlass: true,
      codes: ['ACCESS_DENIED'],
    },
  ],
  ['an environment’s tag is not made by a pusher', { tag: 'staging', rights: pusher, codes: ['TAG_RESERVED'] }],
  ['an environment’s tag is moved by the service', { tag: 'staging', standing: there, rights: service, codes: [] }],
  [
    'an environment’s tag is moved by an administrator with break-glass alone',
    { tag: 'staging', standing: there, rights: admin, codes: ['TAG_RESERVED'] },
  ],
  [
    'an environment’s tag is moved with break-glass',
    { tag: 'staging', standing: there, rights: admin, breaksGlass: true, codes: ['over TAG_RESERVED'] },
  ],
  [
    'a history tag is deleted by the service, which may delete nothing else',
    { tag: 'staging-r000001-0123456789ab', change: remove, standing: there, rights: service, codes: [] },
  ],
  [
    'the service deletes no other tag',
    { tag: 'edge', change: remove, standing: there, rights: service, codes: ['ACCESS_DENIED'] },
  ],
  [
    'a damaged tag is moved by nobody',
    { tag: 'edge', standing: { damaged: 'tag' }, rights: { ...admin, ...service }, codes: ['TAG_DAMAGED'] },
  ],
  [
    'a damaged tag is deleted by nobody',
    { tag: 'edge', change: remove, standing: { damaged: 'tag' }, rights: admin, codes: ['TAG_DAMAGED'] },
  ],
  [
    'a damaged tag is one that is there, which needs overwrite',
    { tag: 'edge', standing: { damaged: 'tag' }, codes: ['TAG_DAMAGED', 'ACCESS_DENIED'] },
  ],
  [
    'break-glass moves a damaged tag',
    { tag: '1.0.0', standing: { damaged: 'tag' }, rights: admin, breaksGlass: true, codes: ['over TAG_DAMAGED'] },
  ],
  [
    'break-glass replaces no permission for a damaged tag',
    {
      tag: 'edge',
      standing: { damaged: 'tag' },
      rights: { ...none, breakGlass: true },
      breaksGlass: true,
      codes: ['ACCESS_DENIED'],
    },
  ],
  [
    'a damaged environment’s tag is not moved by the service',
    { tag: 'staging', standing: { damaged: 'tag' }, rights: service, codes: ['TAG_DAMAGED'] },
  ],
  [
    'a lane token that is known of a damaged tag counts',
    {
      tag: 'staging',
      change: { kind: 'move', to: two, fence: 1 },
      standing: { damaged: 'tag', fence: 2 },
      rights: service,
      codes: ['TAG_DAMAGED', 'TAG_FENCED'],
    },
  ],
  [
    'a removed tag whose record is damaged comes back by nobody',
    { tag: 'edge', standing: { damaged: 'removed' }, rights: admin, codes: ['TAG_DAMAGED'] },
  ],
  [
    'an exact tag that was removed while it was damaged names nothing else',
    { tag: '1.0.0', standing: { removed: 'unknown' }, rights: admin, codes: ['TAG_IMMUTABLE'] },
  ],
  [
    'any other that was removed while it was damaged is free',
    { tag: 'edge', standing: { removed: 'unknown' }, codes: [] },
  ],
  [
    'a lane token is not raised by a pusher',
    {
      tag: 'staging',
      change: { kind: 'move', to: two, fence: 9 },
      standing: { digest: two, fence: 1 },
      rights: pusher,
      codes: ['TAG_RESERVED'],
    },
  ],
  [
    'an older lane token is refused',
    {
      tag: 'staging',
      change: { kind: 'move', to: two, fence: 1 },
      standing: { digest: one, fence: 2 },
      rights: service,
      codes: ['TAG_FENCED'],
    },
  ],
  [
    'an older lane token is refused after a deletion too',
    {
      tag: 'staging',
      change: { kind: 'move', to: two, fence: 1 },
      standing: { fence: 2 },
      rights: service,
      codes: ['TAG_FENCED'],
    },
  ],
];

describe('of the rules', () => {
  test.each(cases)('%s', (_, { tag, codes, ...asked }) => {
    expect(ask(tag, asked)).toEqual(codes);
  });
});

test.each([
  ['moves', { kind: 'move', to: two }, true],
  ['deletes', remove, false],
] as const)('who %s an exact tag is told what he can do about that', (_, change, isToldOfVersions) => {
  const asked = { repository: 'team/web', tag: '1.0.0', standing: there, rights: admin, breaksGlass: false };
  const decision = evaluateTagChange(rules, { ...asked, change });
  const told = decision.allowed ? '' : decision.reasons.map(({ wayOut }) => wayOut).join();
  expect([told.includes('a new version'), told.includes('break glass')]).toEqual([isToldOfVersions, true]);
});

describe('an environment’s tags', () => {
  test.each([
    'staging',
    'staging-r000007-0123456789ab',
    'staging-r000007-0123456789ab-direct',
    'staging-r000007-0123456789ab.receipt',
    'staging-staged-0123456789ab',
  ])('are such as %s, in its repositories', (tag) => {
    expect(ask(tag, { rights: pusher })).toEqual(['TAG_RESERVED']);
    expect(ask(tag, { rights: pusher, repository: 'team/web' })).toEqual([]);
    expect(ask(tag, { rights: pusher, repository: 'staging' })).toEqual([]);
  });

  test.each(['staging2', 'stagings', 'staging-web', 'staging-r2d2', 'production', 'Staging'])(
    'are not such as %s',
    (tag) => {
      expect(ask(tag, { rights: pusher })).toEqual([]);
    },
  );
});

describe('which tags are written once', () => {
  const strict: TagRules = {
    ...rules,
    tags: {
      writeOnce: ['release-*', 'lts'],
      exceptions: [
        { repositories: [parseRepositoryPattern('team/**')], writeOnce: 'off' },
        { repositories: [parseRepositoryPattern('**')], writeOnce: 'semver' },
      ],
    },
  };
  const asked = (repository: string) => ({ repository, standing: there, rights: pusher });

  test('can be patterns', () => {
    const patterns = { ...strict, tags: { ...strict.tags, exceptions: [] } };
    expect(ask('release-7', asked('other/web'), patterns)).toEqual(['TAG_IMMUTABLE']);
    expect(ask('lts', asked('other/web'), patterns)).toEqual(['TAG_IMMUTABLE']);
    expect(ask('1.0.0', asked('other/web'), patterns)).toEqual([]);
  });

  test('is another matter in the first exception for the repository', () => {
    expect(ask('1.0.0', asked('team/web'), strict)).toEqual([]);
    expect(ask('1.0.0', asked('other/web'), strict)).toEqual(['TAG_IMMUTABLE']);
    expect(ask('release-7', asked('other/web'), strict)).toEqual([]);
  });
});

const digest = fc.constantFrom(one, two, three);
const fence = fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined });
const rights: fc.Arbitrary<TagRights> = fc.record({
  overwrite: fc.boolean(),
  delete: fc.boolean(),
  environmentTags: fc.boolean(),
  breakGlass: fc.boolean(),
});
const change = fc.oneof(
  fc.constant(remove),
  fc
    .record({ to: digest, fence })
    .map(({ to, fence }) => ({ kind: 'move' as const, to, ...(fence === undefined ? {} : { fence }) })),
);
const step = fc.record({ change, rights, breaksGlass: fc.boolean() });

function decide(
  tag: string,
  standing: TagStanding,
  asked: Pick<TagQuestion, 'change' | 'rights' | 'breaksGlass'>,
): TagDecision {
  return evaluateTagChange(rules, { repository: 'staging/web', tag, standing, ...asked });
}

/** What the tag is after a change that was allowed. */
function standingAfter(standing: TagStanding, change: TagQuestion['change']): TagStanding {
  const last = standing.digest ?? standing.removed;
  const token = change.kind === 'move' ? change.fence : undefined;
  const highest =
    token === undefined && standing.fence === undefined ? {} : { fence: Math.max(token ?? 0, standing.fence ?? 0) };
  if (change.kind === 'move') return { digest: change.to, ...highest };
  return { ...highest, ...(last === undefined ? {} : { removed: last }) };
}

describe('whatever is asked for, in whatever order', () => {
  test('a tag that is written once names one digest, until somebody breaks glass', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let standing: TagStanding = {};
        let first: Digest | undefined;
        for (const asked of steps) {
          const decision = decide('1.0.0', standing, asked);
          if (!decision.allowed) continue;
          standing = standingAfter(standing, asked.change);
          if (decision.overridden.length > 0) first = standing.digest ?? first;
          first ??= standing.digest;
          expect(standing.digest ?? first).toBe(first);
        }
      }),
    );
  });

  test('an environment’s tag changes by the service’s permission, or by break-glass', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        let standing: TagStanding = {};
        for (const asked of steps) {
          const decision = decide('staging', standing, asked);
          const next = decision.allowed ? standingAfter(standing, asked.change) : standing;
          const changed = next.digest !== standing.digest || next.fence !== standing.fence;
          if (changed) expect(asked.rights.environmentTags || asked.rights.breakGlass).toBe(true);
          standing = next;
        }
      }),
    );
  });

  test('more rights never turn a yes into a no, and a no has a reason', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('1.0.0', 'staging', 'edge'),
        step,
        rights,
        fc.record({ digest, fence }),
        (tag, asked, more, stands) => {
          const standing: TagStanding = {
            digest: stands.digest,
            ...(stands.fence === undefined ? {} : { fence: stands.fence }),
          };
          const decision = decide(tag, standing, asked);
          if (!decision.allowed) {
            expect(decision.reasons.length).toBeGreaterThan(0);
            return;
          }
          const widened = {
            overwrite: asked.rights.overwrite || more.overwrite,
            delete: asked.rights.delete || more.delete,
            environmentTags: asked.rights.environmentTags || more.environmentTags,
            breakGlass: asked.rights.breakGlass || more.breakGlass,
          };
          expect(decide(tag, standing, { ...asked, rights: widened }).allowed).toBe(true);
        },
      ),
    );
  });

  test('what break-glass overrode is exactly what would have been refused', () => {
    fc.assert(
      fc.property(fc.constantFrom('1.0.0', 'staging', 'edge'), step, digest, (tag, asked, stands) => {
        const broken = decide(tag, { digest: stands, fence: 2 }, { ...asked, breaksGlass: true });
        const plain = decide(tag, { digest: stands, fence: 2 }, { ...asked, breaksGlass: false });
        if (!broken.allowed) return;
        expect(asked.rights.breakGlass).toBe(true);
        expect(broken.overridden).toEqual(plain.allowed ? [] : plain.reasons);
      }),
    );
  });
});
