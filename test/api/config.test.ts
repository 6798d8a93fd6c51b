/** The configuration file: what is accepted, and that every fault is reported with its place. */
import { describe, expect, test } from 'vitest';
import { configJsonSchema, defaultConfig, parseConfig } from '../../api/config.ts';
import { locate } from '../../core/environment.ts';
import { InputError } from '../../errors/errors.ts';
import { parseRepositoryName } from '../../oci/spec/repository-name.ts';

const sound = `
registries:
  hub:  { url: https://ghcr.io, auth: { username: acme-bot, password: { env: GHCR_TOKEN } } }
  prod: { url: registry.example.com, auth: docker-config, ca: { file: ca.pem } }
apps:
  web: { repository: acme/web }
  team/api: { repository: acme/api }
environments:
  production: { registry: prod, repository: "production/{app}", from: staging, tier: production, goodAfter: 24h, drift: heal }
  dev: { registry: hub, repository: "{repository}", follow: newest }
  staging: { registry: hub, repository: "staging/{app}", from: dev }
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

/** The places (`line N: key.path`) of the problems of a text. */
function placesOf(text: string): readonly string[] {
  return problemsOf(text).map((problem) => problem.split(': ').slice(0, 2).join(': '));
}

/** A sound file with one part replaced; fails when the part is not there. */
function soundWith(part: string, replacement: string): string {
  if (!sound.includes(part)) throw new Error(`not in the sound file: ${part}`);
  return sound.replace(part, replacement);
}

describe('a sound configuration', () => {
  test('is resolved with every default filled in and environments in rank order', () => {
    const config = parseConfig(sound, 'registry-action.yaml');
    expect(config.environments).toEqual([
      {
        name: 'dev',
        from: undefined,
        tier: 'development',
        locations: [{ registry: 'hub', repositoryTemplate: '{repository}' }],
        drift: 'report',
        goodAfterMs: 30 * 60_000,
        follow: 'newest',
      },
      {
        name: 'staging',
        from: 'dev',
        tier: 'development',
        locations: [{ registry: 'hub', repositoryTemplate: 'staging/{app}' }],
        drift: 'report',
        goodAfterMs: 30 * 60_000,
        follow: 'never',
      },
      {
        name: 'production',
        from: 'staging',
        tier: 'production',
        locations: [{ registry: 'prod', repositoryTemplate: 'production/{app}' }],
        drift: 'heal',
        goodAfterMs: 24 * 3_600_000,
        follow: 'never',
      },
    ]);
    expect(config.apps).toEqual({
      web: { name: 'web', repository: 'acme/web' },
      'team/api': { name: 'team/api', repository: 'acme/api' },
    });
    expect(config.discover).toBeUndefined();
  });

  test('names secrets and files, which are looked for beside the configuration', () => {
    const { registries } = parseConfig(sound, '/etc/acme/registry-action.yaml');
    expect(registries['hub']?.auth).toEqual({
      kind: 'password',
      username: 'acme-bot',
      password: { kind: 'env', variable: 'GHCR_TOKEN' },
    });
    expect(registries['prod']).toEqual({
      name: 'prod',
      url: 'https://registry.example.com',
      auth: { kind: 'docker-config' },
      caFile: '/etc/acme/ca.pem',
      clientCertificate: undefined,
      tokenService: undefined,
      storage: undefined,
    });
    const filed = soundWith('{ env: GHCR_TOKEN }', '{ file: /run/secrets/ghcr }');
    expect(parseConfig(filed, '/etc/acme/c.yaml').registries['hub']?.auth).toMatchObject({
      password: { kind: 'file', path: '/run/secrets/ghcr' },
    });
  });

  test.each(['anonymous', 'docker-config', 'ecr', 'gar', 'acr'])('may leave credentials to %s', (kind) => {
    const config = parseConfig(soundWith('docker-config', kind), 'c.yaml');
    expect(config.registries['prod']?.auth).toEqual({ kind });
  });

  test('may name an access token of Microsoft Entra', () => {
    const config = parseConfig(soundWith('docker-config', '{ entraToken: { file: token } }'), '/etc/acme/c.yaml');
    const token = { kind: 'file', path: '/etc/acme/token' };
    expect(config.registries['prod']?.auth).toEqual({ kind: 'entra-token', token });
  });

  test('may name a client certificate with its key, a token service and a storage', () => {
    const more =
      'clientCertificate: { cert: { file: me.pem }, key: { env: ME_KEY } }, tokenService: "auth.acme.example:5001", storage: "http://10.0.0.7:9000"';
    const config = parseConfig(soundWith('auth: docker-config', `auth: docker-config, ${more}`), '/etc/acme/c.yaml');
    expect(config.registries['prod']).toMatchObject({
      clientCertificate: { certFile: '/etc/acme/me.pem', key: { kind: 'env', variable: 'ME_KEY' } },
      tokenService: 'auth.acme.example:5001',
      storage: 'http://10.0.0.7:9000',
    });
  });

  test('may be a tree: two environments are promoted from the same one', () => {
    const text = `${sound}  canary: { registry: prod, repository: "canary/{app}", from: staging }\n`;
    expect(parseConfig(text, 'c.yaml').environments.map(({ name }) => name)).toEqual([
      'dev',
      'staging',
      'production',
      'canary',
    ]);
  });

  test('may keep every environment of an app in one repository, told apart by tag', () => {
    const text = sound.replaceAll(/"[^"]*"/g, '"{repository}"').replace('registry: prod', 'registry: hub');
    expect(problemsOf(text)).toEqual([]);
  });

  const addresses: readonly (readonly [written: string, url: string])[] = [
    ['https://ghcr.io', 'https://ghcr.io'],
    ['ghcr.io', 'https://ghcr.io'],
    ['registry.example.com:5000/', 'https://registry.example.com:5000'],
    ['http://registry.internal:80', 'http://registry.internal'],
    ['localhost:5000', 'http://localhost:5000'],
    ['127.0.0.1:443', 'http://127.0.0.1:443'],
    ['"[::1]:5000"', 'http://[::1]:5000'],
    ['https://localhost:5000', 'https://localhost:5000'],
    ['registry.localhost', 'http://registry.localhost'],
    ['localhost.example.com', 'https://localhost.example.com'],
    ['10.0.0.1:5000', 'https://10.0.0.1:5000'],
  ];
  test.each(addresses)('a registry at %s is reached at %s', (written, url) => {
    const config = parseConfig(soundWith('https://ghcr.io', written), 'c.yaml');
    expect(config.registries['hub']?.url).toBe(url);
  });
});

describe('faults', () => {
  test('are all reported, each with its line and key path', () => {
    const text = `registries:
  hub: { url: ghcr.io, user: bot }
  other: { url: "ftp://example.com" }
apps:
  web: { repository: acme/web:1 }
environments:
  dev: { registry: hubb, repository: "{repository}" }
  staging: { registry: hub, repository: "staging/{ap}", from: dve, drift: mend, goodAfter: 90 }
  production: { registry: hub, repository: "production/{app}", from: staging, teir: production }
`;
    expect([...placesOf(text)].sort()).toEqual(
      [
        'line 2: registries.hub.user',
        'line 3: registries.other.url',
        'line 5: apps.web.repository',
        'line 7: environments.dev.registry',
        'line 8: environments.staging.drift',
        'line 8: environments.staging.from',
        'line 8: environments.staging.goodAfter',
        'line 8: environments.staging.repository',
        'line 9: environments.production.teir',
      ].sort(),
    );
  });

  test('come as one message that names the file and counts them', () => {
    expect(() => parseConfig(soundWith('from: dev', 'form: dev'), 'conf/ra.yaml')).toThrow(
      '2 problems in conf/ra.yaml\n  line 11: environments.staging.form: unknown key; did you mean from?\n' +
        '  line 11: environments.staging.from: is missing; only one environment comes first, and dev does already',
    );
  });

  const suggestions: readonly (readonly [part: string, replacement: string, suggested: string])[] = [
    ['registries:', 'registrys:', 'registries'],
    ['environments:', 'enviroments:', 'environments'],
    ['tier: production', 'teir: production', 'tier'],
    ['goodAfter', 'good_after', 'goodAfter'],
    ['from: staging', 'from: stagin', 'staging'],
    ['registry: prod,', 'registry: prd,', 'prod'],
    ['url: registry', 'ulr: registry', 'url'],
  ];
  test.each(suggestions)('%s written as %s is answered with a suggestion', (part, replacement, suggested) => {
    const problems = problemsOf(soundWith(part, replacement)).join('\n');
    expect(problems).toContain(`did you mean ${suggested}?`);
  });

  const unsupported: readonly (readonly [key: string, text: string])[] = [
    ['environments.staging.gates', soundWith('from: dev', 'from: dev, gates: { soak: 24h }')],
    ['environments.staging.auto', soundWith('from: dev', 'from: dev, auto: { versions: ">=0.0.0" }')],
    ['environments.staging.history.keep', soundWith('from: dev', 'from: dev, history: { keep: 50 }')],
    ['environments.production.registry', soundWith('registry: prod,', 'registry: [prod, hub],')],
    ['sets', `${sound}sets: { shop: [web, team/api] }\n`],
    ['access.0.who.group', `${sound}access: [{ who: { group: x }, may: [promote], in: [production] }]\n`],
  ];
  test.each(unsupported)('%s is refused as not supported yet, and nothing else is', (key, text) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${key}: `);
    expect(problems[0]).toContain('not supported by this version yet');
  });

  const names: readonly string[] = [
    ...['latest', 'edge', '1', 'v1', 'v1-2', 'sha256-abc', 'sha-abc', 'pr-7', 'Staging', 'a_b', 'a.b', 'a--b', 'a-'],
    ...['dev-r000001-0123456789ab', 'dev-staged', 'dev-staged-0123456789ab', 'dev-direct', 'x'.repeat(65), '"a b"'],
  ];
  test.each(names)('%s cannot name an environment', (name) => {
    const text = `${sound}  ${name}: { registry: prod, repository: "other/{app}", from: staging }\n`;
    expect(placesOf(text)).toEqual([expect.stringContaining('line 12: environments.')]);
  });

  const meanings: readonly (readonly [title: string, text: string, place: string])[] = [
    ['two first environments', soundWith(', from: dev', ''), 'line 11: environments.staging.from'],
    ['an environment from itself', soundWith('from: dev', 'from: staging'), 'line 11: environments.staging.from'],
    [
      'a later environment that follows',
      soundWith('from: dev', 'from: dev, follow: newest'),
      'line 11: environments.staging.follow',
    ],
    [
      'a template with a host',
      soundWith('staging/{app}', 'ghcr.io:443/{app}'),
      'line 11: environments.staging.repository',
    ],
    ['a template in capitals', soundWith('staging/{app}', 'Staging/{app}'), 'line 11: environments.staging.repository'],
    [
      'apps that share a repository',
      soundWith('staging/{app}', 'staging/all'),
      'line 11: environments.staging.repository',
    ],
    ['apps of one source', soundWith('acme/api', 'acme/web'), 'line 10: environments.dev.repository'],
    ['an unending duration', soundWith('24h', '9999d'), 'line 9: environments.production.goodAfter'],
    ['an address with a path', soundWith('ghcr.io', 'ghcr.io/acme'), 'line 3: registries.hub.url'],
    ['nothing to promote', sound.replace(/apps:\n.*\n.*\n/, ''), 'line 2: apps'],
    ['a prefix without slash', `${sound}discover: dev\n`, 'line 12: discover'],
    ['a prefix in capitals', `${sound}discover: Dev/\n`, 'line 12: discover'],
    [
      'an app discovered under another name',
      `${sound}discover: acme/a\n`
        .replace('acme/a\n', 'acme/\n')
        .replace('  team/api: { repository: acme/api }\n', '  other: { repository: acme/api }\n'),
      'line 7: apps.other.repository',
    ],
  ];
  test.each(meanings)('%s is refused', (_, text, place) => {
    expect(placesOf(text)).toEqual([place]);
  });

  test('a circle is reported at each of its environments', () => {
    const text = soundWith('"{repository}", follow: newest', '"{repository}", from: production');
    expect(placesOf(text)).toEqual([
      'line 9: environments.production.from',
      'line 10: environments.dev.from',
      'line 11: environments.staging.from',
    ]);
  });

  const discoverable = `
registries: { hub: { url: localhost:5000 } }
discover: dev/
environments:
  dev: { registry: hub, repository: "FIRST" }
  staging: { registry: hub, repository: "SECOND", from: dev }
`;
  const discovered: readonly (readonly [first: string, second: string, places: readonly string[]])[] = [
    ['{repository}', 'staging/{app}', []],
    ['dev/{app}', '{repository}', []],
    ['other/{app}', 'staging/{app}', ['line 5: environments.dev.repository']],
    ['{repository}', 'staging/all', ['line 6: environments.staging.repository']],
    ['{repository}', 'dev/staging/{app}', ['line 6: environments.staging.repository']],
  ];
  test.each(discovered)('discovered apps in %s and then %s have the problems %j', (first, second, places) => {
    expect(placesOf(discoverable.replace('FIRST', first).replace('SECOND', second))).toEqual(places);
  });
});

describe('secrets', () => {
  const secret = 'hunter2-hunter2';
  const slips: readonly (readonly [title: string, text: string])[] = [
    ['a literal password', soundWith('{ env: GHCR_TOKEN }', secret)],
    ['a literal password as a key', soundWith('{ env: GHCR_TOKEN }', `{ ${secret} }`)],
    ['a literal password as a variable’s name', soundWith('GHCR_TOKEN', `"${secret}!"`)],
    ['a literal password beside the variable', soundWith('env: GHCR_TOKEN', `env: GHCR_TOKEN, value: ${secret}`)],
    ['a literal access token', soundWith('docker-config', `{ entraToken: ${secret} }`)],
    ['a literal access token beside a file', soundWith('docker-config', `{ entraToken: { file: a, ${secret}: b } }`)],
    [
      'a literal key',
      soundWith('docker-config', `anonymous, clientCertificate: { cert: { file: a }, key: ${secret} }`),
    ],
    [
      'a key of a key',
      soundWith('docker-config', `anonymous, clientCertificate: { cert: { file: a }, key: { ${secret} } }`),
    ],
    ['a literal certificate', soundWith('docker-config', `anonymous, clientCertificate: ${secret}`)],
    [
      'a token service with a password',
      soundWith('docker-config', `anonymous, tokenService: "bot:${secret}@auth.example"`),
    ],
    ['a list', soundWith('{ env: GHCR_TOKEN }', `[${secret}]`)],
    ['auth as user and password', soundWith('docker-config', `bot:${secret}`)],
    ['auth as keys', soundWith('docker-config', `{ bot, ${secret} }`)],
    ['a password in the address', soundWith('https://', `https://bot:${secret}@`)],
    ['a password in an address without scheme', soundWith('https://', `bot:${secret}@`)],
    ['a syntax fault beside it', soundWith('{ env: GHCR_TOKEN }', `${secret}: a: b`)],
    ['a quote left open', soundWith('{ env: GHCR_TOKEN }', `"${secret}`)],
  ];
  test.each(slips)('%s is refused and not repeated', (_, text) => {
    const problems = problemsOf(text);
    expect(problems.length).toBeGreaterThan(0);
    expect(problems.join('\n')).not.toContain('hunter2');
  });
});

describe('YAML', () => {
  const broken: readonly (readonly [text: string, line: number])[] = [
    ['', 1],
    ['- a\n', 1],
    ['apps: {}\napps: {}\n', 2],
    ['apps:\n\tweb: 1\n', 2],
    ['apps: [\n', 2],
    ['a: *nowhere\n', 1],
    ['a: 1\n---\nb: 2\n', 2],
    [`a: ${'x'.repeat(1024 * 1024)}`, 1],
    [
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
        .split('')
        .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[at]}`).join(',')}]`)
        .join('\n')}\n`,
      1,
    ],
  ];
  test.each(broken)('a text that is no mapping is refused with its line (case %#)', (text, line) => {
    expect(problemsOf(text)).toEqual([expect.stringMatching(new RegExp(`^line ${line}: `))]);
  });
});

describe('without a file', () => {
  test('there are dev, staging and production on the embedded registry, and every repository below dev/ is an app', () => {
    const config = defaultConfig('http://127.0.0.1:7421');
    expect(config.discover).toBe('dev/');
    expect(config.registries).toEqual({
      embedded: {
        name: 'embedded',
        url: 'http://127.0.0.1:7421',
        auth: { kind: 'docker-config' },
        caFile: undefined,
        clientCertificate: undefined,
        tokenService: undefined,
        storage: undefined,
      },
    });
    const app = { name: 'web', repository: parseRepositoryName('dev/web') };
    expect(
      config.environments.map((one) => [one.name, one.from, one.follow, one.tier, locate(one, app).repository]),
    ).toEqual([
      ['dev', undefined, 'newest', 'development', 'dev/web'],
      ['staging', 'dev', 'never', 'development', 'staging/web'],
      ['production', 'staging', 'never', 'production', 'production/web'],
    ]);
  });

  test('the same can be written as a file', () => {
    const text = `
registries: { embedded: { url: localhost:7421 } }
discover: dev/
environments:
  dev: { registry: embedded, repository: "{repository}", follow: newest, goodAfter: 0s }
  staging: { registry: embedded, repository: "staging/{app}", from: dev, goodAfter: 0s }
  production: { registry: embedded, repository: "production/{app}", from: staging, tier: production, goodAfter: 0s }
`;
    expect(parseConfig(text, 'c.yaml')).toEqual(defaultConfig('http://localhost:7421'));
  });
});

describe('the JSON Schema for editors', () => {
  test('is the one in docs; `vitest -u` writes it anew', async () => {
    await expect(`${JSON.stringify(configJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      '../../docs/config.schema.json',
    );
  });
});
