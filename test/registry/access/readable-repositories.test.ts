/** Listings of what somebody may pull from, compared with a filter over everything. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { evaluateAccess, type Member } from '../../../core/access.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { parseRepositoryName, type RepositoryName } from '../../../oci/spec/repository-name.ts';
import { pageOfReadable } from '../../../registry/access/readable-repositories.ts';
import { cutPage } from '../../../registry/http/page.ts';

function memberOf(patterns: readonly string[], granted: readonly string[] = []): Member {
  const grants = granted.map((pattern, at) => {
    const repositories = [parseRepositoryPattern(pattern)];
    return { rule: at + 1, may: ['pull'] as const, in: [], apps: undefined, repositories };
  });
  return { name: 'ci', role: 'viewer', repositories: patterns.map(parseRepositoryPattern), grants };
}

function namesOf(...names: readonly string[]): readonly RepositoryName[] {
  return names.map(parseRepositoryName).toSorted();
}

/** The names, and a count of how often one of them was looked at. */
function counting(names: readonly RepositoryName[]) {
  const looks = { count: 0 };
  const watched = new Proxy([...names], {
    get(target, key, receiver) {
      if (/^\d+$/.test(String(key))) looks.count += 1;
      return Reflect.get(target, key, receiver);
    },
  });
  return { looks, watched };
}

describe('a page of readable repositories', () => {
  const part = fc.constantFrom('a', 'b', 'ab', 'a-b');
  const name = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parseRepositoryName(parts.join('/')));
  const pattern = fc.constantFrom('**', 'a', 'a/*', 'a/**', '*/b', 'b/**', 'a*/b', 'ab/a-b', 'a/**/b');

  test('is what a filter over all of them leaves, cut', () => {
    const some = fc.record({
      names: fc.uniqueArray(name, { maxLength: 30 }).map((names) => names.toSorted()),
      patterns: fc.array(pattern, { maxLength: 3 }),
      granted: fc.array(pattern, { maxLength: 2 }),
      entriesMax: fc.nat(8),
      last: fc.option(name, { nil: undefined }),
    });
    fc.assert(
      fc.property(some, ({ names, patterns, granted, entriesMax, last }) => {
        const member = memberOf(patterns, granted);
        const readable = names.filter((repository) => evaluateAccess(member, 'pull', { repository }).allowed);
        const request = { entriesMax, last };
        expect(pageOfReadable(names, member, request)).toEqual(cutPage(readable, request));
      }),
      { numRuns: 3_000 },
    );
  });

  test('is everything for a role that is not limited', () => {
    const names = namesOf('a', 'b');
    expect(pageOfReadable(names, { name: 'ann', role: 'viewer' }, { entriesMax: 9, last: undefined }).entries).toEqual(
      names,
    );
  });

  test('takes no more looks the more there is that may not be read', () => {
    const own = ['team/a', 'team/b', 'team/c'];
    const looksAmong = (count: number) => {
      const foreign = Array.from({ length: count }, (_, at) => `foreign/app-${at}`);
      const { looks, watched } = counting(namesOf(...own, ...foreign));
      const page = pageOfReadable(watched, memberOf(['team/**']), { entriesMax: 100, last: undefined });
      expect(page.entries).toEqual(own);
      return looks.count;
    };
    // Halving: ten times as many names are four more steps.
    expect(looksAmong(10_000) - looksAmong(1_000)).toBeLessThanOrEqual(8);
    expect(looksAmong(10_000)).toBeLessThan(50);
  });
});
