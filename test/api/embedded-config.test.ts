/** The embedded registry in the configuration: what is accepted, what it comes to, and what is told of faults. */
import { describe, expect, test } from 'vitest';
import { configJsonSchema, defaultConfig, parseConfig } from '../../api/config.ts';
import { defaultCollectSettings } from '../../core/collect-settings.ts';
import { InputError } from '../../errors/errors.ts';

const sound = `
embedded:
  url: https://registry.acme.example
  tls: { cert: { file: tls/cert.pem }, key: { file: /etc/tls/key.pem } }
  htpasswd: { file: users, role: pusher }
`;

/** The problems of a text, each as `line N: key.path: message`. */
function problemsOf(text: string): readonly string[] {
  try {
    parseConfig(text, 'registry-action.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof InputError) || error.code !== 'CONFIG_INVALID') throw error;
    const problems = error.fields['problems'];
    return Array.isArray(problems) ? problems : [];
  }
}

describe('the section about the embedded registry', () => {
  test('is resolved with files from the folder of the configuration', () => {
    expect(parseConfig(sound, '/etc/acme/c.yaml').embedded).toEqual({
      url: 'https://registry.acme.example',
      tls: { certFile: '/etc/acme/tls/cert.pem', keyFile: '/etc/tls/key.pem' },
      htpasswd: { file: '/etc/acme/users', role: 'pusher' },
      tags: { writeOnce: 'semver', exceptions: [] },
      collect: defaultCollectSettings,
      rateLimit: undefined,
      proxies: [],
      retention: { rules: [] },
      scrub: { everyMs: 7 * 24 * 3_600_000, bytesPerSecond: 20 * 1024 * 1024 },
    });
  });

  test('says which proxies are believed', () => {
    const proxies = ['127.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32', '192.0.2.7/32'];
    expect(parseConfig(`embedded: { proxies: ${JSON.stringify(proxies)} }`, 'c.yaml').embedded.proxies).toEqual(
      proxies,
    );
  });

  test.each([
    'localhost',
    '10.0.0',
    '10.0.0.0/33',
    '0.0.0.0/0',
    '::/0',
    '2001:db8::/129',
    '1.2.3.256',
    'all',
    '',
    '::g',
    '10.1.1.1:80',
  ])('believes no proxy %j', (proxy) => {
    expect(problemsOf(`embedded: { proxies: [${JSON.stringify(proxy)}] }`)).toEqual([
      expect.stringContaining('line 1: embedded.proxies.0'),
    ]);
  });

  test('says which tags are written once, and where something else holds', () => {
    const text = `
embedded:
  tags:
    writeOnce: [release-*, lts]
    exceptions: [{ repositories: [team/**, lone], writeOnce: off }, { repositories: ["**"], writeOnce: semver }]
`;
    expect(parseConfig(text, 'c.yaml').embedded.tags).toEqual({
      writeOnce: ['release-*', 'lts'],
      exceptions: [
        { repositories: ['team/**', 'lone'], writeOnce: 'off' },
        { repositories: ['**'], writeOnce: 'semver' },
      ],
    });
  });

  test('says which tags go by themselves, and when everything is read again', () => {
    const text = `
embedded:
  retention:
    - { repositories: [dev/**], tags: semver, keep: { newest: 10, pulledWithin: 90d }, writtenOnce: true }
    - { repositories: ["**"], tags: [pr-*, build-*], keep: { newest: 5, pushedWithin: 14d } }
  scrub: { every: 1d, megabytesPerSecond: 50 }
`;
    const { retention, scrub } = parseConfig(text, 'c.yaml').embedded;
    expect(retention.rules).toEqual([
      {
        repositories: ['dev/**'],
        tags: 'semver',
        keep: { newest: { count: 10, by: 'version' }, pulledWithinMs: 90 * 86_400_000 },
        writtenOnce: true,
      },
      {
        repositories: ['**'],
        tags: ['pr-*', 'build-*'],
        keep: { newest: { count: 5, by: 'push' }, pushedWithinMs: 14 * 86_400_000 },
        writtenOnce: false,
      },
    ]);
    expect(scrub).toEqual({ everyMs: 86_400_000, bytesPerSecond: 50_000_000 });
    expect(parseConfig('embedded: { scrub: { every: off } }', 'c.yaml').embedded.scrub.everyMs).toBeUndefined();
  });

  test.each([
    ['{ repositories: ["**"], tags: ["**"], keep: {} }', 'embedded.retention.0.keep'],
    ['{ repositories: ["**"], tags: ["**"], keep: { pushedWithin: 30d, by: push } }', 'embedded.retention.0.keep.by'],
    ['{ repositories: ["**"], tags: ["**"], keep: { pushedWithin: soon } }', 'embedded.retention.0.keep.pushedWithin'],
    ['{ repositories: ["**"], tags: ["**"], keep: { pulledWithin: 999d } }', 'embedded.retention.0.keep.pulledWithin'],
    ['{ repositories: ["a***b"], tags: ["**"], keep: { newest: 1 } }', 'embedded.retention.0.repositories.0'],
    ['{ repositories: ["**"], tags: [], keep: { newest: 1 } }', 'embedded.retention.0.tags'],
  ])('refuses the retention rule %s', (rule, place) => {
    const problems = problemsOf(`embedded: { retention: [${rule}] }`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${place}:`);
  });

  test('says when what nothing keeps is collected, and how long it is kept till then', () => {
    const text = 'embedded: { collect: { every: 30m, grace: 2h, untaggedFor: 1d, previousDigests: 0 } }';
    expect(parseConfig(text, 'c.yaml').embedded.collect).toEqual({
      everyMs: 1_800_000,
      graceMs: 7_200_000,
      untaggedForMs: 86_400_000,
      previousDigests: 0,
    });
    expect(parseConfig('embedded: { collect: { every: off } }', 'c.yaml').embedded.collect).toEqual({
      ...defaultCollectSettings,
      everyMs: undefined,
    });
  });

  test.each([
    ['{ every: soon }', 'embedded.collect.every'],
    ['{ grace: 30s }', 'embedded.collect.grace'],
    ['{ untaggedFor: 999d }', 'embedded.collect.untaggedFor'],
    ['{ previousDigests: 31 }', 'embedded.collect.previousDigests'],
    ['{ previous: 3 }', 'embedded.collect.previous'],
    ['1h', 'embedded.collect'],
  ])('refuses to collect by %s', (collect, place) => {
    const problems = problemsOf(`embedded: { collect: ${collect} }`);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${place}:`);
  });

  test('says how many requests one caller may make', () => {
    const text = 'embedded: { rateLimit: { requestsPerSecond: 0.5, burst: 100 } }';
    expect(parseConfig(text, 'c.yaml').embedded.rateLimit).toEqual({ requestsPerSecond: 0.5, burst: 100 });
    for (const wrong of ['{ requestsPerSecond: 0, burst: 1 }', '{ requestsPerSecond: 1, burst: 0.5 }', '10']) {
      expect(problemsOf(`embedded: { rateLimit: ${wrong} }`)).toHaveLength(1);
    }
    expect(problemsOf('embedded: { rateLimit: { requestsPerSecond: 1 } }')[0]).toContain('embedded.rateLimit.burst');
  });

  test('may stand alone: the environments are then those that hold without a file', () => {
    const { embedded: _, ...places } = parseConfig(sound, 'c.yaml', 'http://127.0.0.1:5000');
    const { embedded: __, ...usual } = defaultConfig('http://127.0.0.1:5000');
    expect(places).toEqual(usual);
  });

  test('does not stand for registries and environments where the file has one of both', () => {
    const problems = problemsOf(`${sound}registries: { hub: { url: https://ghcr.io } }\n`);
    expect(problems.map((problem) => problem.split(': ')[1])).toEqual(['environments', 'apps']);
  });

  const faults: readonly (readonly [text: string, key: string, message: RegExp])[] = [
    ['embedded: { ulr: x }', 'embedded.ulr', /did you mean url\?/],
    ['embedded: { tls: { cert: { file: a }, kye: { file: b } } }', 'embedded.tls.kye', /did you mean key\?/],
    ['embedded: { tls: { cert: { file: a } } }', 'embedded.tls.key', /is missing; write \{ file: path \}/],
    ['embedded: { tls: { cert: { path: a }, key: { file: b } } }', 'embedded.tls.cert.path', /there are file/],
    ['embedded: { tls: { cert: {}, key: { file: b } } }', 'embedded.tls.cert.file', /write the path of a PEM file/],
    ['embedded: { tls: cert.pem }', 'embedded.tls', /cert: \{ file: path \}/],
    ['embedded: { htpasswd: { file: a, role: boss } }', 'embedded.htpasswd.role', /write member, viewer/],
    ['embedded: { htpasswd: { file: a } }', 'embedded.htpasswd.role', /is missing/],
    ['embedded: { url: "https://ann:secret@x" }', 'embedded.url', /write scheme, host and port/],
    ['embedded: { url: "https://x/path" }', 'embedded.url', /write scheme, host and port/],
    ['embedded: { tags: { writeOnce: never } }', 'embedded.tags.writeOnce', /write semver, off/],
    ['embedded: { tags: { writeonce: off } }', 'embedded.tags.writeonce', /did you mean writeOnce\?/],
    [
      'embedded: { tags: { exceptions: [{ repositories: ["A/**"], writeOnce: off }] } }',
      'embedded.tags.exceptions.0.repositories.0',
      /lower case/,
    ],
    ['embedded: []', 'embedded', /write a mapping with some of url, tls, htpasswd/],
  ];
  test.each(faults)('is refused as %s', (text, key, message) => {
    const problems = problemsOf(text);
    expect(problems.map((problem) => problem.split(': ')[1])).toContain(key);
    expect(problems.join('\n')).toMatch(message);
    expect(problems.join('\n')).not.toMatch(/secret/);
  });
});

test('the JSON Schema asks for registries and environments where a file has one section about places', () => {
  const schema = configJsonSchema();
  expect(schema['required']).toBeUndefined();
  expect(schema['dependentRequired']).toMatchObject({ apps: ['registries', 'environments'] });
});
