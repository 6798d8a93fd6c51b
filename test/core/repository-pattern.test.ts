/** Patterns of repository names, compared with what they say and with a slower reading of them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  literalPrefixOf,
  matchesRepositoryPattern,
  parseRepositoryPattern,
  repositoryPatternCharsMax,
  repositoryPatternFault,
} from '../../core/repository-pattern.ts';

function matches(repository: string, pattern: string): boolean {
  return matchesRepositoryPattern(repository, parseRepositoryPattern(pattern));
}

describe('a pattern of repository names', () => {
  const table: readonly (readonly [pattern: string, repository: string, matches: boolean])[] = [
    ['team/app', 'team/app', true],
    ['team/app', 'team/app2', false],
    ['team/app', 'xteam/app', false],
    ['team/app', 'team', false],
    ['team/*', 'team/app', true],
    ['team/*', 'team/app/debug', false],
    ['team/*', 'team', false],
    ['team/**', 'team/app', true],
    ['team/**', 'team/app/debug/more', true],
    ['team/**', 'team', false],
    ['team/**', 'teams/app', false],
    ['team*/**', 'teams/app', true],
    ['*', 'app', true],
    ['*', 'team/app', false],
    ['**', 'app', true],
    ['**', 'team/app', true],
    ['**/app', 'app', true],
    ['**/app', 'team/more/app', true],
    ['**/app', 'team/xapp', false],
    ['team/**/app', 'team/app', true],
    ['team/**/app', 'team/a/b/app', true],
    ['team/**/app', 'team/a/b/apps', false],
    ['**/a/**/b', 'a/x/a/y/b', true],
    ['**/a/**/b', 'b/a', false],
    ['team/app-*-debug', 'team/app-1-2-debug', true],
    ['team/app-*-debug', 'team/app-debug', false],
    ['team/*-x-*', 'team/a-x-x-b', true],
    ['team/a*a', 'team/a', false],
    ['team/a*a', 'team/aa', true],
    ['t.am/app', 'team/app', false],
  ];
  test.each(table)('%j and %j: %s', (pattern, repository, wanted) => {
    expect(matches(repository, pattern)).toBe(wanted);
  });

  const faulty = ['', '/', 'team/', '/team', 'a//b', 'Team/*', 'team/app:1', 'a b', 'team/***', 'a**', '**a/b', '[ab]'];
  test.each([...faulty, 'a?', 'é', 'a'.repeat(repositoryPatternCharsMax + 1)])('cannot be %j', (text) => {
    expect(repositoryPatternFault(text)).toBeTypeOf('string');
    expect(() => parseRepositoryPattern(text)).toThrow(expect.objectContaining({ code: 'REPOSITORY_PATTERN_INVALID' }));
  });

  const part = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 4 });
  const names = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
  const wantedPart = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 5 }) },
    { weight: 1, arbitrary: fc.constant('**') },
  );
  const patterns = fc
    .array(wantedPart, { minLength: 1, maxLength: 6 })
    .map((parts) => parts.join('/'))
    .filter((text) => repositoryPatternFault(text) === undefined);

  test('means what the regular expression means that is made of it', () => {
    fc.assert(
      fc.property(names, patterns, (name, pattern) => {
        expect(matches(name, pattern)).toBe(expressionOf(pattern).test(`/${name}`));
      }),
      { numRuns: 5_000 },
    );
  });

  test('that is a name matches that name and no other', () => {
    fc.assert(
      fc.property(names, names, (one, other) => {
        expect(matches(one, other)).toBe(one === other);
      }),
    );
  });

  test('matches nothing that does not begin as it does up to its first star', () => {
    fc.assert(
      fc.property(names, patterns, (name, pattern) => {
        const prefix = literalPrefixOf(parseRepositoryPattern(pattern));
        expect(matches(name, pattern) && !name.startsWith(prefix)).toBe(false);
      }),
    );
  });

  test('of many stars is settled without trying a way twice', () => {
    const name = Array.from({ length: 127 }, () => 'a').join('/');
    const stars = `${Array.from({ length: 50 }, () => '**/a').join('/')}/b`;
    expect(matches(name, stars)).toBe(false);
    expect(matches('a'.repeat(250), `${'*a'.repeat(100)}b`)).toBe(false);
  });
});

/** Every part has its slash before it, so that `**` is any number of such parts. */
function expressionOf(pattern: string): RegExp {
  const parts = pattern.split('/');
  const texts = parts.map((part, at) => {
    if (part === '**') return at === parts.length - 1 ? '(?:/[^/]+)+' : '(?:/[^/]+)*';
    return `/${part.replaceAll('*', '[^/]*')}`;
  });
  return new RegExp(`^${texts.join('')}$`);
}
