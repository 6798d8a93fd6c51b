import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTagNaming, type TagNaming } from '../../core/tag-naming.ts';
import {
  compareBuilds,
  compareVersions,
  exactTag,
  inRange,
  parseVersion,
  readExactTag,
  readMisordered,
} from '../../core/version.ts';
import { InputError } from '../../errors/errors.ts';
import { versionTexts } from './version-texts.ts';

const underscore = parseTagNaming({ buildMetadata: 'underscore' });
const alpine = parseTagNaming({ variant: 'alpine', variants: ['alpine', 'slim-alpine'] });

describe('the grammar', () => {
  test.each([
    ['1.2.3', '1.2.3'],
    ['v1.2.3', '1.2.3'],
    ['0.0.0', '0.0.0'],
    ['1.2.3-rc.1', '1.2.3-rc.1'],
    ['v1.2.3-RC.1+Build.7', '1.2.3-RC.1+Build.7'],
    ['1.2.3-0a', '1.2.3-0a'],
    ['1.2.3--', '1.2.3--'],
    ['9007199254740991.0.0', '9007199254740991.0.0'],
    ['1.2.3+001', '1.2.3+001'],
  ])('%s is the version %s', (written, text) => {
    expect(parseVersion(written).text).toBe(text);
  });

  test.each([
    ['two numbers', '1.2'],
    ['a leading zero', '01.2.3'],
    ['a leading zero in a prerelease', '1.2.3-rc.01'],
    ['a number above 2^53-1', '9007199254740992.0.0'],
    ['a prerelease number above 2^53-1', '1.2.3-9007199254740992'],
    ['a loose prerelease', '1.2.3beta'],
    ['a wildcard', '1.2.x'],
    ['an equals sign', '=1.2.3'],
    ['two letters v', 'vv1.2.3'],
    ['a capital V', 'V1.2.3'],
    ['space before it', ' 1.2.3'],
    ['space after the v', 'v 1.2.3'],
    ['a newline after it', '1.2.3\n'],
    ['an empty identifier', '1.2.3-rc..1'],
    ['an empty build', '1.2.3+'],
    ['four numbers', '1.2.3.4'],
    ['a date', '20240101'],
    ['nothing', ''],
    ['the component of another', 'web-1.2.3'],
  ])('%s is no version', (_why, text) => {
    expectRefusal(() => parseVersion(text), 'VERSION_INVALID');
  });

  test.each([
    ['api-v1.2.3', 'api-'],
    ['api-1.2.3', 'api-'],
    ['api/v1.2.3', 'api/v'],
    ['api/v1.2.3', 'api/'],
    ['v1.2.3', 'api-'],
  ])('%s with component %s is 1.2.3', (text, component) => {
    expect(parseVersion(text, component).text).toBe('1.2.3');
  });

  test('a version comes apart into numbers, identifiers and build metadata', () => {
    expect(parseVersion('v1.2.3-rc.4.x-y.9007199254740991+b2.005')).toEqual({
      text: '1.2.3-rc.4.x-y.9007199254740991+b2.005',
      major: 1,
      minor: 2,
      patch: 3,
      prerelease: ['rc', 4, 'x-y', 9007199254740991],
      build: ['b2', '005'],
    });
  });
});

describe('order', () => {
  test('precedence is that of the specification', () => {
    const ascending = [
      ...['1.0.0-alpha', '1.0.0-alpha.1', '1.0.0-alpha.beta', '1.0.0-beta', '1.0.0-beta.2', '1.0.0-beta.11'],
      ...['1.0.0-rc.1', '1.0.0', '1.0.10', '1.2.0', '1.10.0', '2.0.0'],
    ].map((text) => parseVersion(text));
    expect([...ascending].reverse().sort(compareVersions)).toEqual(ascending);
  });

  test('build metadata has no precedence, and still one order', () => {
    const [one, padded, two] = ['1.0.0+1', '1.0.0+01', '1.0.0+2'].map((text) => parseVersion(text));
    if (!one || !padded || !two) throw new Error('unreachable');
    expect(compareVersions(one, two)).toBe(0);
    expect(Math.sign(compareBuilds(one, two))).toBe(-1);
    expect(Math.sign(compareBuilds(padded, one))).toBe(-1);
  });

  test('the order of builds is total and agrees with precedence', () => {
    fc.assert(
      fc.property(versionTexts, versionTexts, versionTexts, (...texts) => {
        const [a, b, c] = texts.map((text) => parseVersion(text));
        if (!a || !b || !c) return;
        expect(Math.sign(compareBuilds(a, b)) + Math.sign(compareBuilds(b, a))).toBe(0);
        expect(compareBuilds(a, b) === 0).toBe(a.text === b.text);
        if (compareVersions(a, b) !== 0) expect(compareBuilds(a, b) < 0).toBe(compareVersions(a, b) < 0);
        if (compareBuilds(a, b) <= 0 && compareBuilds(b, c) <= 0) expect(compareBuilds(a, c)).toBeLessThanOrEqual(0);
      }),
    );
  });

  test('a range takes prereleases like every other version', () => {
    expect(inRange(parseVersion('1.5.0-rc.2'), '>1.5.0-rc.1')).toBe(true);
    expect(inRange(parseVersion('1.6.0-rc.1'), '>1.5.0-rc.1')).toBe(true);
    expect(inRange(parseVersion('2.0.0'), '1.x')).toBe(false);
  });

  test.each([
    ['1.2.3-rc10', 'rc10', 'rc.10'],
    ['1.2.3-beta007.1', 'beta007', 'beta.7'],
  ])('%s is reported as misordered', (text, written, better) => {
    expect(readMisordered(parseVersion(text))).toEqual({ written, better });
  });

  test.each(['1.2.3', '1.2.3-rc.10', '1.2.3-10', '1.2.3-rc', '1.2.3-dev.abc123'])('%s is well ordered', (text) => {
    expect(readMisordered(parseVersion(text))).toBeUndefined();
  });
});

describe('exact tags', () => {
  const cases: readonly [string, Partial<TagNaming>, string][] = [
    ['1.2.3', {}, '1.2.3'],
    ['1.2.3-RC.1', {}, '1.2.3-RC.1'],
    ['1.2.3', { tagPrefix: 'v' }, 'v1.2.3'],
    ['1.2.3', { component: 'api-' }, 'api-1.2.3'],
    ['1.2.3', { component: 'api-', tagPrefix: 'v' }, 'api-v1.2.3'],
    ['1.2.3', { variant: 'alpine' }, '1.2.3-alpine'],
    ['1.2.3-rc.1', { variant: 'alpine3.20' }, '1.2.3-rc.1-alpine3.20'],
    ['1.2.3+b2', { buildMetadata: 'underscore' }, '1.2.3_b2'],
    ['1.2.3-rc.1+b-2.x', { buildMetadata: 'underscore', variant: 'slim' }, '1.2.3-rc.1_b-2.x-slim'],
  ];

  test.each(cases)('%s under %o is the tag %s, and back', (text, written, tag) => {
    const naming = parseTagNaming(written);
    expect(exactTag(parseVersion(text), naming)).toBe(tag);
    expect(readExactTag(tag, naming)?.text).toBe(text);
  });

  test.each([
    'v1.2.9',
    '1.02.9',
    '20240101',
    '1.2.x',
    '1.2',
    'latest',
    '1.2.3_b2',
    '1.2.3+b2',
    'api-1.2.3',
    `sha256-${'0'.repeat(64)}.sig`,
    'production-r000042-0123456789ab',
    '',
  ])('%s is not an exact tag', (tag) => {
    expect(readExactTag(tag)).toBeUndefined();
  });

  test.each([
    ['1.2.3', undefined],
    ['1.2.3-alpine', '1.2.3'],
    ['1.2.3-slim-alpine', undefined],
    ['1.2.3-rc.1-alpine', '1.2.3-rc.1'],
    ['alpine', undefined],
  ])('in the ladder of a variant, %s is %s', (tag, text) => {
    expect(readExactTag(tag, alpine)?.text).toBe(text);
  });

  test('the longest variant wins, whatever the order of their declaration', () => {
    for (const variants of [
      ['alpine', 'slim-alpine'],
      ['slim-alpine', 'alpine'],
    ]) {
      const naming = parseTagNaming({ variant: 'slim-alpine', variants });
      expect(readExactTag('1.2.3-slim-alpine', naming)?.text).toBe('1.2.3');
      expect(readExactTag('1.2.3-alpine', naming)).toBeUndefined();
    }
  });

  test('a declared variant is not of the plain ladder, an undeclared one is a prerelease of it', () => {
    expect(readExactTag('1.2.3-alpine', parseTagNaming({ variants: ['alpine'] }))).toBeUndefined();
    expect(readExactTag('1.2.3-alpine')?.prerelease).toEqual(['alpine']);
  });

  test('a version that ends like a declared variant has no exact tag', () => {
    const naming = parseTagNaming({ variants: ['alpine'] });
    expectRefusal(() => exactTag(parseVersion('1.2.3-alpine'), naming), 'VERSION_INVALID');
  });

  test('build metadata is refused unless its + may be an underscore', () => {
    expectRefusal(() => exactTag(parseVersion('1.2.3+b2')), 'VERSION_INVALID');
  });

  test('a version too long for a tag is refused', () => {
    expectRefusal(() => exactTag(parseVersion(`1.2.3-${'x'.repeat(123)}`)), 'TAG_INVALID');
  });

  test.each([
    { component: 'api' },
    { component: '1.2.3-' },
    { component: 'api/' },
    { variant: '-alpine' },
    { variant: '3.20' },
    { variants: ['al_pine'] },
  ])('the ambiguous naming %o is refused', (written) => {
    expectRefusal(() => parseTagNaming(written), 'LADDER_INVALID');
  });

  test('every version comes back from its tag, whatever the naming', () => {
    const namings: readonly TagNaming[] = [
      underscore,
      parseTagNaming({ buildMetadata: 'underscore', component: 'api-', tagPrefix: 'v', variant: 'alpine' }),
    ];
    fc.assert(
      fc.property(versionTexts, fc.constantFrom(...namings), (text, naming) => {
        const version = parseVersion(text);
        expect(readExactTag(exactTag(version, naming), naming)).toEqual(version);
      }),
    );
  });
});

/** Runs the function and expects the caller's error of that code. */
function expectRefusal(refused: () => unknown, code: string): void {
  expect(refused).toThrow(InputError);
  expect(refused).toThrow(expect.objectContaining({ code }));
}
