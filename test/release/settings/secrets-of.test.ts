import { describe, expect, test } from 'vitest';
import { secretsOf } from '../../../release/settings/secrets-of.ts';

const secrets = (written: Readonly<Record<string, string>>, env: Readonly<Record<string, string>> = {}) =>
  secretsOf(new Map(Object.entries(written)), env);

describe('secrets', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    ['a password', { password: 'hunter2' }, ['hunter2']],
    ['a token, whatever the command', { command: 'status', token: 'hunter2' }, ['hunter2']],
    ['a build’s secrets', { secrets: 'id=hunter2\nother=hunter=3' }, ['hunter2', 'hunter=3']],
    ['registries', { 'registry-auth': 'ghcr.io: {username: acme, password: hunter2}' }, ['hunter2']],
    ['nothing', { password: '  ', context: '.' }, []],
    [
      'a secret of several lines',
      { secrets: '"key=-----BEGIN\n{\nabcd"' },
      ['-----BEGIN\n{\nabcd', '-----BEGIN', 'abcd'],
    ],
  ])('are found in %s', (_where, written, expected) => {
    expect(secrets(written)).toEqual(expected);
  });

  test('are found in the environment when a secret of the build is there', () => {
    expect(secrets({ 'secret-envs': 'id=PASSWORD\nother=NONE' }, { PASSWORD: 'hunter2', OTHER: 'x' })).toEqual([
      'hunter2',
    ]);
  });

  test.each([
    ['secrets', 'no equals sign hunter2', 'no equals sign hunter2'],
    ['secrets', 'id=fine\n"id=hunter2', 'hunter2'],
    ['registry-auth', 'ghcr.io:\n  password: "hunter2"\n }', 'hunter2'],
    ['registry-auth', 'ghcr.io: {password: hunter2, username: acme', 'hunter2'],
    ['registry-auth', 'ghcr.io: {username: acme, password: "hunter2"]', 'hunter2'],
  ])('are found in %s that cannot be read, by line and by value', (name, text, secret) => {
    const lines = text.split('\n').filter((line) => line.trim().length >= 4);
    expect(secrets({ [name]: text })).toEqual(expect.arrayContaining([secret, ...lines.map((line) => line.trim())]));
  });
});
