/** Scopes of tokens: what they ask for, what is given of it, and what cannot be slipped in. */
import { describe, expect, test } from 'vitest';
import type { RepositoryName } from '../../../oci/spec/repository-name.ts';
import {
  coversScopes,
  formatScopes,
  grantScopes,
  parseAccessClaim,
  parseScopes,
  scopeOfVerb,
  scopesMax,
} from '../../../registry/access/token-scope.ts';

function read(...texts: string[]): string | undefined {
  const scope = parseScopes(texts);
  return scope && formatScopes(scope);
}

describe('a scope', () => {
  test.each([
    ['repository:team/app:pull', 'repository:team/app:pull'],
    ['repository:team/app:push,pull', 'repository:team/app:pull,push'],
    ['repository:team/app:*', 'repository:team/app:pull,push,delete'],
    ['repository:a:pull,push repository:b:*', 'repository:a:pull,push repository:b:pull,push,delete'],
    ['repository:a:pull+repository:b:pull', 'repository:a:pull repository:b:pull'],
    ['repository:a:pull repository:a:push', 'repository:a:pull,push'],
    ['registry:catalog:*', 'registry:catalog:*'],
    ['', ''],
  ])('%j asks for %j', (text, asked) => {
    expect(read(text)).toBe(asked);
  });

  test.each([
    ['another class of resource', 'repository(plugin):team/app:*'],
    ['another type', 'namespace:team:*'],
    ['another action', 'repository:team/app:administer'],
    ['less than all of the catalogue', 'registry:catalog:pull'],
    ['more than the catalogue', 'registry:everything:*'],
  ])('for %s asks for nothing', (_, text) => {
    expect(read(text)).toBe('');
  });

  test.each([
    ['an action that stands alone', 'repository:a:pull push'],
    ['a port in the name', 'repository:host:5000/a:pull'],
    ['capitals', 'repository:Team/app:pull'],
    ['a step upwards', 'repository:../app:pull'],
    ['a pattern', 'repository:team/*:pull'],
    ['every repository', 'repository:*:pull'],
    ['no name', 'repository::pull'],
    ['no action', 'repository:a:'],
    ['an empty action', 'repository:a:pull,,push'],
    ['an action in capitals', 'repository:a:PULL'],
    ['a comma between scopes', 'repository:a:pull,repository:b:pull'],
    ['a line end', 'repository:a:pull\nrepository:b:push'],
    ['a tab', 'repository:a:pull\trepository:b:push'],
    ['a quote', 'repository:a":pull'],
    ['a class within the name', 'repository:a(plugin):pull'],
    ['letters that look alike', 'repository:аpp:pull'],
  ])('with %s is refused', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  test('is refused together with whatever came beside it', () => {
    expect(read('repository:a:pull', 'nonsense')).toBeUndefined();
  });

  test('is one of a bounded number', () => {
    const many = (count: number) => Array.from({ length: count }, (_, at) => `repository:a${at}:pull`);
    expect(parseScopes(many(scopesMax))).toHaveLength(scopesMax);
    expect(parseScopes(many(scopesMax + 1))).toBeUndefined();
  });
});

test('of what is asked for, a caller gets what he may', () => {
  const asked = parseScopes(['repository:a:pull,push,delete repository:b:* registry:catalog:*']) ?? [];
  const granted = grantScopes(asked, (verb, repository) => repository === 'a' && verb !== 'delete');
  expect(formatScopes(granted)).toBe('repository:a:pull,push registry:catalog:*');
});

describe('a token', () => {
  const app = 'team/app' as RepositoryName;
  const covers = (scope: string, verb: Parameters<typeof scopeOfVerb>[0], repository = app) =>
    coversScopes(parseScopes([scope]) ?? [], [scopeOfVerb(verb, repository)]);

  test('for pulling covers pulling alone', () => {
    expect(covers('repository:team/app:pull', 'pull')).toBe(true);
    for (const verb of ['push', 'overwrite', 'delete', 'environment-tags', 'break-glass'] as const)
      expect([verb, covers('repository:team/app:pull', verb)]).toEqual([verb, false]);
  });

  test('for pushing covers every kind of push, and neither pulling nor deleting', () => {
    for (const verb of ['push', 'overwrite', 'environment-tags', 'break-glass'] as const)
      expect([verb, covers('repository:team/app:push', verb)]).toEqual([verb, true]);
    expect([covers('repository:team/app:push', 'pull'), covers('repository:team/app:push', 'delete')]).toEqual([
      false,
      false,
    ]);
  });

  test.each(['repository:team/app2:pull', 'repository:team:pull', 'repository:team/app/x:pull', 'registry:catalog:*'])(
    'for %s covers nothing in another repository',
    (scope) => {
      expect(covers(scope, 'pull')).toBe(false);
    },
  );

  test.each([
    undefined,
    'repository:a:pull',
    [null],
    ['repository:a:pull'],
    [{ type: 'repository', name: 'a', actions: 'pull' }],
    [{ type: 'repository', name: 'a:pull,push repository:b', actions: ['pull'] }],
    [{ type: 'repository', name: 'A', actions: ['pull'] }],
  ])('with the access %j is none of ours', (claim) => {
    expect(parseAccessClaim(claim)).toBeUndefined();
  });

  test('says its scope as it was granted', () => {
    const scope = parseScopes(['repository:a:pull,push registry:catalog:*']);
    expect(parseAccessClaim(JSON.parse(JSON.stringify(scope)))).toEqual(scope);
  });
});
