/** Challenges, which registries write in many ways. */
import { describe, expect, it } from 'vitest';
import { parseChallenges } from '../../../../oci/client/sign-in/challenge.ts';

describe('challenges', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['Basic realm="Registry Realm"', [['basic', { realm: 'Registry Realm' }]]],
    ['basic realm=unquoted', [['basic', { realm: 'unquoted' }]]],
    [
      'Bearer realm="https://auth.example/token?a=1,2",service="registry.example",scope="repository:a/b:pull,push"',
      [
        [
          'bearer',
          { realm: 'https://auth.example/token?a=1,2', service: 'registry.example', scope: 'repository:a/b:pull,push' },
        ],
      ],
    ],
    ['BEARER Realm = "x" , SERVICE = "y"', [['bearer', { realm: 'x', service: 'y' }]]],
    ['Bearer realm="a\\"b\\\\c"', [['bearer', { realm: 'a"b\\c' }]]],
    [
      'Basic realm="a", Bearer realm="b",service="c"',
      [
        ['basic', { realm: 'a' }],
        ['bearer', { realm: 'b', service: 'c' }],
      ],
    ],
    [
      'Negotiate, Bearer realm="b"',
      [
        ['negotiate', {}],
        ['bearer', { realm: 'b' }],
      ],
    ],
    [
      'Negotiate YWJj==, Bearer realm="b"',
      [
        ['negotiate', {}],
        ['bearer', { realm: 'b' }],
      ],
    ],
    ['Bearer realm=https://auth.example/token', [['bearer', { realm: 'https://auth.example/token' }]]],
    ['', []],
    ['"', []],
  ];
  it.each(cases)('are read from %s', (header, expected) => {
    const read = parseChallenges(header).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
    expect(read).toEqual(expected);
  });

  // With the square of the length, either would take longer than a test may.
  it.each(['a="'.repeat(100_000), ' '.repeat(320_000)])('are read in linear time (case %#)', (rest) => {
    expect(parseChallenges(`Bearer ${rest}`)[0]?.scheme).toBe('bearer');
  });
});
