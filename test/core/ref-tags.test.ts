import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commitTag, listRefTags, type RefTagOptions, spellsCommit } from '../../core/ref-tags.ts';
import { findReservation } from '../../core/reserved-name.ts';
import type { SourceRef } from '../../core/source-ref.ts';
import { defaultNaming, parseTagNaming, readNumberTag } from '../../core/tag-naming.ts';
import { readExactTag } from '../../core/version.ts';
import { isTag } from '../../oci/spec/tag.ts';

const commit = '1a2b3c4d5e6f708192a3b4c5d6e7f8091a2b3c4d';
const environments = ['dev', 'staging', 'production'];
const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const plain: RefTagOptions = { naming: defaultNaming, environments, hash };
const alpine = parseTagNaming({ variant: 'alpine' });
const beside = parseTagNaming({ variants: ['alpine'] });
const api = parseTagNaming({ component: 'api-' });
const apiAlpine = parseTagNaming({ component: 'api-', variant: 'alpine' });

const branch = (name: string, isDefault = false): SourceRef => ({ kind: 'branch', name, isDefault });
const tagsOf = (ref: SourceRef, naming = defaultNaming) => listRefTags(ref, commit, { ...plain, naming });

describe('names', () => {
  test.each<[string, SourceRef, readonly string[]]>([
    ['the default branch', branch('main', true), ['edge', 'main']],
    ['a branch', branch('release-1.2'), ['release-1.2']],
    ['a branch in capitals', branch('Fix_It'), ['Fix_It']],
    ['a git tag that is no version', { kind: 'tag', name: 'spring' }, ['spring']],
    ['a pull request', { kind: 'pull-request', number: 12 }, ['pr-12', 'pr-12-1a2b3c4']],
    ['a schedule', { kind: 'schedule', branch: 'main', at: Date.UTC(2026, 10, 30, 23, 59, 59, 999) }, ['2026-11-30']],
    ['the next day', { kind: 'schedule', branch: 'main', at: Date.UTC(2026, 11, 1) }, ['2026-12-01']],
    ['nothing', { kind: 'none' }, []],
  ])('of %s are its own', (_of, ref, names) => {
    expect(tagsOf(ref)).toEqual(names);
  });

  test.each([
    ['has a slash', 'feat/a', 'feat-a-'],
    ['has letters beyond ASCII', 'größe', 'gr-e-'],
    ['has nothing a tag may have', '日本', 'ref-'],
    ['begins with a dot', '.hidden', 'hidden-'],
    ['is longer than a tag', 'x'.repeat(129), `${'x'.repeat(119)}-`],
    ['ends like one that was changed', 'feat-a-1a2b3c4d', 'feat-a-1a2b3c4d-'],
    ['reads as a version', '1.2.3', '1-2-3-'],
    ['reads as a version with v', 'v1.2.3-rc.1', 'v1-2-3-rc-1-'],
    ['reads as a version of another component', 'web-1.2.3', 'web-1-2-3-'],
    ['reads as a rung', '1.2', '1-2-'],
    ['reads as a day', '2026-11-30', '2026-11-30-'],
    ['is latest', 'latest', 'latest-'],
    ['is the latest of another component', 'web-Latest', 'web-Latest-'],
    ['is a channel of prereleases', 'beta', 'beta-'],
    ['is the tag of the default branch', 'edge', 'edge-'],
    ['is an environment', 'staging', 'staging-'],
    ['is an environment in other letters', 'Production', 'Production-'],
    ['reads as the history of an environment', 'staging-r000001-1a2b3c4d5e6f', 'staging-r000001-1a2b3c4d5e6f-'],
    ['reads as a pull request', 'pr-12', 'pr-12-'],
    ['reads as a commit', 'sha-1a2b3c4d5e6f', 'sha-1a2b3c4d5e6f-'],
    ['reads as the list of referrers', 'sha256-abc', 'sha256-abc-'],
  ])('of a branch that %s end in its hash', (_why, name, stem) => {
    expect(tagsOf(branch(name))).toEqual([stem + hash(name).slice(0, 8)]);
  });

  test.each<[string, readonly string[]]>([
    ['as many characters as a tag has', ['x'.repeat(128)]],
    ['words that only begin like reserved ones', ['shared', 'latest-news', 'betamax', 'pr-fix', 'edges', 'developer']],
    ['an environment and more', ['staging-fix']],
  ])('of %s are kept', (_of, names) => {
    expect(names.flatMap((name) => tagsOf(branch(name)))).toEqual(names);
  });

  test('of a variant and a component are spelled like those of its versions', () => {
    expect(tagsOf(branch('main', true), apiAlpine)).toEqual(['api-edge-alpine', 'api-main-alpine']);
    expect(tagsOf({ kind: 'pull-request', number: 3 }, alpine)).toEqual(['pr-3-alpine', 'pr-3-1a2b3c4-alpine']);
    expect(commitTag(commit, 'short', apiAlpine)).toBe('api-sha-1a2b3c4d5e6f-alpine');
  });

  test('of a branch that ends like a variant are not those of the variant', () => {
    expect(tagsOf(branch('main'), alpine)).toEqual(['main-alpine']);
    expect(tagsOf(branch('main-alpine'), beside)).toEqual([`main-alpine-${hash('main-alpine').slice(0, 8)}`]);
  });

  test('of a pull request without a commit are its number alone', () => {
    expect(listRefTags({ kind: 'pull-request', number: 7 }, undefined, plain)).toEqual(['pr-7']);
  });

  test('of a commit have twelve digits, or all', () => {
    expect(commitTag(commit, 'short', defaultNaming)).toBe('sha-1a2b3c4d5e6f');
    expect(commitTag(commit, 'full', defaultNaming)).toBe(`sha-${commit}`);
  });
});

describe('the tags that say which commit they are of', () => {
  test('are those of the commit, and of the pull request at it', () => {
    const all = [
      ...tagsOf({ kind: 'pull-request', number: 12 }),
      ...tagsOf(branch('main', true)),
      commitTag(commit, 'full', apiAlpine),
    ];
    expect(all.filter((tag) => spellsCommit(tag, commit))).toEqual(['pr-12-1a2b3c4', `api-sha-${commit}-alpine`]);
    expect(all.filter((tag) => spellsCommit(tag, undefined))).toEqual([]);
  });
});

/** Branch names from parts that tempt: separators, versions, reserved words, digits of a hash. */
const names = fc.oneof(
  fc
    .array(
      fc.constantFrom(
        ...[
          'a',
          'b',
          '-',
          '.',
          '_',
          '/',
          '1',
          '2',
          '1.2.3',
          'v',
          'rc',
          'latest',
          'staging',
          'edge',
          'sha',
          'pr',
          'api',
        ],
        ...['alpine', 'ü', '1a2b3c4d', 'r000001', '+', 'x'.repeat(60)],
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join('')),
  fc.string({ minLength: 1, maxLength: 140 }),
);
const namings = fc.constantFrom(defaultNaming, alpine, beside, api, apiAlpine);

/** Every way in which somebody could read these tags as those of a ladder. */
const readings = ['', 'a-', 'api-', 'edge-', 'v-', 'staging-', 'sha-', 'pr-', 'ref-'].flatMap((component) =>
  (['', 'v'] as const).flatMap((tagPrefix) =>
    ['', 'alpine', 'a', 'b'].map((variant) =>
      parseTagNaming({ component, tagPrefix, variant, buildMetadata: 'underscore' }),
    ),
  ),
);

describe('whatever a branch is called', () => {
  test('its tags are tags', () => {
    fc.assert(
      fc.property(names, namings, (name, naming) => {
        expect(tagsOf(branch(name, true), naming).every(isTag)).toBe(true);
      }),
    );
  });

  test('its tags are no versions, in any naming', () => {
    fc.assert(
      fc.property(names, namings, (name, naming) => {
        const tags = tagsOf(branch(name, true), naming);
        const read = readings.flatMap((reading) => tags.map((tag) => readExactTag(tag, reading)));
        expect(read.filter((version) => version !== undefined)).toEqual([]);
      }),
    );
  });

  test('its tags are no rungs of their own ladder, nor of environments', () => {
    fc.assert(
      fc.property(names, namings, (name, naming) => {
        for (const tag of tagsOf(branch(name), naming)) {
          const number = readNumberTag(tag, naming);
          expect(number === undefined || !/^v?\d+(\.\d+)*$/.test(number)).toBe(true);
          const word = tag.slice(naming.component.length);
          expect(['latest', 'edge', ...environments]).not.toContain(word.replace(/-alpine$/, ''));
        }
      }),
    );
  });

  test('it shares no tag with a branch that is called otherwise', () => {
    fc.assert(
      fc.property(names, names, namings, (one, other, naming) => {
        fc.pre(one !== other);
        const tags = new Set<string>(tagsOf(branch(one), naming));
        expect(tagsOf(branch(other), naming).filter((tag) => tags.has(tag))).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });

  test('it shares no tag with a branch that is called like one of its tags', () => {
    fc.assert(
      fc.property(names, namings, (name, naming) => {
        const tags = listRefTags(branch(name), commit, { ...plain, naming });
        const shared = tags
          .filter((tag) => tag !== name)
          .flatMap((tag) => tagsOf(branch(tag), naming).filter((other) => tags.includes(other)));
        expect(shared).toEqual([]);
      }),
    );
  });

  test('it shares no tag with pull requests, days, commits and the default branch', () => {
    const others = [
      ...tagsOf({ kind: 'pull-request', number: 1 }),
      ...tagsOf({ kind: 'schedule', branch: 'main', at: 0 }),
      ...[commitTag(commit, 'short', defaultNaming), commitTag(commit, 'full', defaultNaming), 'edge'],
    ];
    fc.assert(
      fc.property(fc.oneof(names, fc.constantFrom(...others)), (name) => {
        expect(tagsOf(branch(name)).filter((tag) => others.some((other) => other === tag))).toEqual([]);
      }),
    );
  });
});

describe('a reservation', () => {
  test.each([
    ['v2', 'version'],
    ['web-v1.2.3', 'version'],
    ['RC', 'channel'],
    ['api-latest', 'latest'],
    ['dev', 'environment'],
    ['dev-staged', 'environment'],
    ['dev-r12', 'environment'],
    ['pr-1', 'ref'],
    ['slim-alpine', 'variant'],
    ['slim', undefined],
    ['devs', undefined],
  ])('of %s is %s', (name, reservation) => {
    expect(findReservation(name, beside, environments)).toBe(reservation);
  });
});
