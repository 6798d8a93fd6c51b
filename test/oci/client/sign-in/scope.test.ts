/** Scopes, asked for and granted. */
import { describe, expect, it } from 'vitest';
import { coversScopes, formatScope, mergeScopes, parseScopes } from '../../../../oci/client/sign-in/scope.ts';

describe('scopes', () => {
  it('are read as they are written', () => {
    const text = 'repository:team/app:pull,push registry:catalog:* repository:host:5000/a:pull';
    expect(parseScopes(text).map(formatScope).join(' ')).toBe(text);
  });

  it('that are none are passed over', () => {
    expect(parseScopes('openid profile repository:a:pull')).toEqual([{ resource: 'repository:a', actions: ['pull'] }]);
  });

  it('are merged by resource, the latest last', () => {
    const merged = mergeScopes(parseScopes('repository:a:pull repository:b:pull'), parseScopes('repository:a:push'));
    expect(merged.map(formatScope)).toEqual(['repository:b:pull', 'repository:a:pull,push']);
  });

  it.each([
    ['repository:a:pull,push', 'repository:a:pull', true],
    ['repository:a:*', 'repository:a:pull,push', true],
    ['repository:a:pull', '', true],
    ['repository:a:pull', 'repository:a:pull,push', false],
    ['repository:a:pull', 'repository:b:pull', false],
  ])('%s cover %s: %s', (held, needed, expected) => {
    expect(coversScopes(parseScopes(held), parseScopes(needed))).toBe(expected);
  });
});
