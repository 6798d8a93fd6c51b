/** Patterns of git refs, compared with what they say and with regular expressions. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesRefPattern } from '../../core/ref-pattern.ts';

describe('a pattern of refs', () => {
  const table: readonly (readonly [pattern: string, ref: string, matches: boolean])[] = [
    ['refs/heads/main', 'refs/heads/main', true],
    ['refs/heads/main', 'refs/heads/main2', false],
    ['refs/heads/main', 'refs/heads/mai', false],
    ['refs/heads/main', 'xrefs/heads/main', false],
    ['refs/heads/main', 'refs/heads/Main', false],
    ['refs/tags/v*', 'refs/tags/v1.2.3', true],
    ['refs/tags/v*', 'refs/tags/v', true],
    ['refs/tags/v*', 'refs/tags/v1/evil', false],
    ['refs/tags/v*', 'refs/heads/v1', false],
    ['refs/tags/v1.*', 'refs/tags/v1x2', false],
    ['refs/heads/release/*', 'refs/heads/release/1.2', true],
    ['refs/heads/release/*', 'refs/heads/release/1/2', false],
    ['refs/heads/release/**', 'refs/heads/release/1/2', true],
    ['refs/heads/release/**', 'refs/heads/release', false],
    ['refs/heads/*/stable', 'refs/heads/a/stable', true],
    ['refs/heads/*/stable', 'refs/heads/a/b/stable', false],
    ['refs/heads/**/stable', 'refs/heads/a/b/stable', true],
    ['refs/heads/*-*', 'refs/heads/a-b-c', true],
    ['**', '', true],
    ['', '', true],
    ['', 'refs/heads/main', false],
  ];
  test.each(table)('%j and %j: %s', (pattern, ref, matches) => {
    expect(matchesRefPattern(ref, pattern)).toBe(matches);
  });

  test('means what the regular expression means that is made of it', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', '.', '+'), maxLength: 12 });
    const pattern = fc
      .array(fc.constantFrom('a', 'b', '/', '.', '+', '*', '**'), { maxLength: 8 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, pattern, (ref, written) => {
        const expression = written
          .split(/(\*+)/)
          .map((part) => (part === '*' ? '[^/]*' : part.startsWith('*') ? '.*' : part.replace(/[.+]/g, '\\$&')))
          .join('');
        expect(matchesRefPattern(ref, written)).toBe(new RegExp(`^${expression}$`).test(ref));
      }),
      { numRuns: 2_000 },
    );
  });

  test('of many stars is settled without trying a way twice', () => {
    expect(matchesRefPattern('a'.repeat(2_000), `${'*a'.repeat(200)}b`)).toBe(false);
  });
});
