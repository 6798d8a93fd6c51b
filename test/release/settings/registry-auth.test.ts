import { describe, expect, test } from 'vitest';
import { parseRegistryAuth, parseRegistryName } from '../../../release/settings/registry-auth.ts';
import { codeOf, refusalOf } from './expect-fault.ts';

describe('credentials', () => {
  test.each([
    ['a map', 'ghcr.io:\n  username: acme\n  password: pw\n', [['ghcr.io', 'acme', 'pw']]],
    ['a map in one line', 'ghcr.io: {username: "acme", password: "p:w"}', [['ghcr.io', 'acme', 'p:w']]],
    ['a list', '- registry: ghcr.io\n  username: acme\n  password: pw\n', [['ghcr.io', 'acme', 'pw']]],
    [
      'an address of Docker Hub',
      '"https://index.docker.io/v1/": {username: a, password: b}',
      [['docker.io', 'a', 'b']],
    ],
    ['digits', 'localhost:5000: {username: 007, password: 0123}', [['localhost:5000', '007', '0123']]],
    ['a secret that is not there', 'ghcr.io:\n  username: acme\n  password:\n', [['ghcr.io', 'acme', '']]],
    ['a missing field', 'ghcr.io: {username: acme}', [['ghcr.io', 'acme', '']]],
    [
      'two registries',
      'A.io: {username: a, password: b}\nc.io: {username: d, password: e}',
      [
        ['a.io', 'a', 'b'],
        ['c.io', 'd', 'e'],
      ],
    ],
  ])('are read from %s', (_what, text, expected) => {
    expect(parseRegistryAuth(text).map((one) => [one.registry, one.username, one.password])).toEqual(expected);
  });

  test.each([
    ['no YAML', 'ghcr.io: {username: hunter2'],
    ['a text', 'hunter2'],
    ['a registry without fields', 'ghcr.io: hunter2'],
    ['a field that is a list', 'ghcr.io: {username: a, password: [hunter2]}'],
    ['a registry with a path', 'ghcr.io/acme: {username: a, password: hunter2}'],
    ['a list without registries', '- username: a\n  password: hunter2'],
  ])('are refused as %s, and not repeated', (_what, text) => {
    const error = refusalOf(() => parseRegistryAuth(text));
    expect(JSON.stringify([error.message, error.wayOut, error.fields])).not.toContain('hunter2');
  });
});

describe('a registry', () => {
  test.each([
    ['GHCR.io', 'ghcr.io'],
    ['https://registry.example.com/', 'registry.example.com'],
    ['http://localhost:5000/v2/', 'localhost:5000'],
    ['registry-1.docker.io', 'docker.io'],
    ['[::1]:5000', '[::1]:5000'],
  ])('%s is %s', (text, name) => {
    expect(parseRegistryName(text)).toBe(name);
  });

  test.each(['', 'a b', 'ghcr.io/acme', 'user@ghcr.io'])('%j is none', (text) => {
    expect(codeOf(() => parseRegistryName(text))).toBe('SETTING_INVALID');
  });
});
