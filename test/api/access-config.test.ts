/** Issuers and access rules in the configuration: what is accepted, what it comes to, and what is told of faults. */
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../api/config.ts';
import { defaultEvents } from '../../core/access-rule.ts';
import { InputError } from '../../errors/errors.ts';

const places = `
registries: { hub: { url: https://ghcr.io } }
apps: { web: { repository: acme/web }, api: { repository: acme/api } }
environments:
  dev: { registry: hub, repository: "{repository}" }
  production: { registry: hub, repository: "production/{app}", from: dev, tier: production }
`;

const github =
  '    github: { issuer: https://token.actions.githubusercontent.com, audience: https://promote.acme.example }\n';

const sound = `${places}identity:
  issuers:
${github}access:
  - who: { repository: acme/web, repositoryId: 456789, ownerId: "123456" }
    may: [promote, rollback]
    in: [dev, production]
    apps: [web]
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

/** The key paths of the problems of a text. */
function keysOf(text: string): readonly string[] {
  return problemsOf(text).map((problem) => problem.split(': ')[1] ?? '');
}

/** The sound file with one part replaced; fails when the part is not there. */
function soundWith(part: string, replacement: string): string {
  if (!sound.includes(part)) throw new Error(`not in the sound file: ${part}`);
  return sound.replace(part, replacement);
}

/** The sound file whose rule asks for one thing more. */
function whoWith(more: string): string {
  return soundWith('repository: acme/web,', `repository: acme/web, ${more},`);
}

describe('a sound configuration', () => {
  test('is resolved with ids as text, every rule numbered, and the events that need write access', () => {
    const { issuers, access } = parseConfig(sound, '/etc/acme/c.yaml');
    expect(issuers).toEqual([
      {
        name: 'github',
        issuer: 'https://token.actions.githubusercontent.com',
        audience: 'https://promote.acme.example',
        keysFile: undefined,
        caFile: undefined,
      },
    ]);
    expect(access).toEqual([
      {
        number: 1,
        who: {
          issuer: 'github',
          repository: 'acme/web',
          repositoryId: '456789',
          ownerId: '123456',
          workflow: undefined,
          ref: undefined,
          environment: undefined,
          events: defaultEvents,
          runner: undefined,
        },
        may: ['promote', 'rollback'],
        in: ['dev', 'production'],
        apps: ['web'],
      },
    ]);
  });

  test('may name keys and an authority in files, which are looked for beside the configuration', () => {
    const text = soundWith(
      'promote.acme.example }',
      'promote.acme.example, jwks: { file: keys.json }, ca: { file: /ca.pem } }',
    );
    expect(parseConfig(text, '/etc/acme/c.yaml').issuers).toMatchObject([
      { keysFile: '/etc/acme/keys.json', caFile: '/ca.pem' },
    ]);
  });

  test('may bind workflow, ref, environment, events and runner', () => {
    const more =
      'workflow: acme/automation/.github/workflows/promote.yml@refs/tags/v1, ref: refs/heads/release/**, ' +
      'environment: production, events: [issue_comment], runner: github-hosted';
    expect(parseConfig(whoWith(more), 'c.yaml').access[0]?.who).toMatchObject({
      workflow: { repository: 'acme/automation', path: '.github/workflows/promote.yml', ref: 'refs/tags/v1' },
      ref: 'refs/heads/release/**',
      environment: 'production',
      events: ['issue_comment'],
      runner: 'github-hosted',
    });
  });

  test.each(['', 'acme/web/'])('binds the workflow of its own repository where %j stands before the file', (before) => {
    const text = whoWith(`workflow: ${before}.github/workflows/promote.yml@refs/heads/main`);
    const workflow = { repository: undefined, path: '.github/workflows/promote.yml', ref: 'refs/heads/main' };
    expect(parseConfig(text, 'c.yaml').access[0]?.who).toMatchObject({ workflow });
  });

  test('may do with names where the issuer says so', () => {
    const text = soundWith('promote.acme.example }', 'promote.acme.example, allowNames: true }').replace(
      ', repositoryId: 456789, ownerId: "123456"',
      '',
    );
    expect(parseConfig(text, 'c.yaml').access[0]?.who).toMatchObject({
      repository: 'acme/web',
      repositoryId: undefined,
      ownerId: undefined,
    });
  });

  test('may let somebody read and no more, in no place in particular', () => {
    const text = soundWith('may: [promote, rollback]\n    in: [dev, production]\n    apps: [web]', 'may: [read]');
    expect(parseConfig(text, 'c.yaml').access).toMatchObject([{ may: ['read'], in: [], apps: undefined }]);
  });

  test('may name several issuers, each rule one of them', () => {
    const text = whoWith('issuer: ghes').replace(
      github,
      `${github}    ghes: { issuer: https://ghes.acme.example/_services/token, audience: promote }\n`,
    );
    expect(parseConfig(text, 'c.yaml').access).toMatchObject([{ who: { issuer: 'ghes' } }]);
  });

  test('without rules lets no workload in, and is valid', () => {
    expect(parseConfig(sound.split('access:')[0] ?? '', 'c.yaml')).toMatchObject({ issuers: [{}], access: [] });
  });
});

describe('an issuer', () => {
  const addresses: readonly string[] = [
    'http://127.0.0.1:8080',
    'http://localhost:1',
    'https://ghes.acme.example/_services/token',
    'https://token.actions.acme.ghe.com',
    'https://token.actions.githubusercontent.com/acme',
  ];
  test.each(addresses)('may be %s', (address) => {
    expect(problemsOf(soundWith('https://token.actions.githubusercontent.com', address))).toEqual([]);
  });

  const faulty: readonly string[] = [
    'http://ghes.acme.example/_services/token',
    'http://localhost.evil.example',
    'ftp://ghes.acme.example',
    'token.actions.githubusercontent.com',
    'https://token.actions.githubusercontent.com/',
    'https://token.actions.githubusercontent.com?x=1',
    '"https://token.actions.githubusercontent.com#x"',
    'https://user:hunter2@token.actions.githubusercontent.com',
  ];
  test.each(faulty)('cannot be %s', (address) => {
    const problems = problemsOf(soundWith('https://token.actions.githubusercontent.com', address));
    expect(problems).toEqual([expect.stringMatching(/^line 9: identity\.issuers\.github\.issuer: /)]);
    expect(problems.join()).not.toContain('hunter2');
  });

  const audiences: readonly (readonly [audience: string, count: number])[] = [
    ['https://github.com/acme', 1],
    ['https://github.com/acme/', 1],
    ['https://token.actions.githubusercontent.com/acme', 1],
    ['https://token.actions.githubusercontent.com', 1],
    ['"a b"', 1],
    ['[a, b]', 1],
    ['https://github.com/acme/promote', 0],
    ['promote.acme.example', 0],
    ['sts.acme.example', 0],
  ];
  test.each(audiences)('with the audience %s has %i faults', (audience, count) => {
    expect(problemsOf(soundWith('https://promote.acme.example', audience))).toHaveLength(count);
  });

  test('needs an audience', () => {
    expect(keysOf(soundWith(', audience: https://promote.acme.example', ''))).toEqual([
      'identity.issuers.github.audience',
    ]);
  });

  test('is named once', () => {
    const text = whoWith('issuer: github').replace(github, `${github}${github.replace('github:', 'again:')}`);
    expect(keysOf(text)).toEqual(['identity.issuers.again.issuer']);
  });
});

describe('a rule', () => {
  test('without ids is refused with the reason and the command that tells them', () => {
    const problems = problemsOf(soundWith(', repositoryId: 456789, ownerId: "123456"', ''));
    expect(problems.map((problem) => problem.split(': ')[1])).toEqual([
      'access.0.who.repositoryId',
      'access.0.who.ownerId',
    ]);
    expect(problems[0]).toContain('gh api repos/acme/web --jq .id');
    expect(problems[1]).toContain('allowNames');
  });

  const faulty: readonly (readonly [title: string, text: string, keys: readonly string[]])[] = [
    ['a name without owner', soundWith('acme/web, repositoryId', 'web, repositoryId'), ['access.0.who.repository']],
    ['no name', soundWith('repository: acme/web, repositoryId', 'repositoryId'), ['access.0.who.repository']],
    ['an id that is none', soundWith('456789', 'acme'), ['access.0.who.repositoryId']],
    ['an id of zero', soundWith('456789', '0'), ['access.0.who.repositoryId']],
    ['a workflow without ref', whoWith('workflow: .github/workflows/promote.yml'), ['access.0.who.workflow']],
    ['a workflow by its name', whoWith('workflow: promote.yml@refs/heads/main'), ['access.0.who.workflow']],
    [
      'a workflow at a branch’s name',
      whoWith('workflow: .github/workflows/promote.yml@main'),
      ['access.0.who.workflow'],
    ],
    ['a workflow elsewhere', whoWith('workflow: ci/promote.yml@refs/heads/main'), ['access.0.who.workflow']],
    ['a branch’s name as ref', whoWith('ref: main'), ['access.0.who.ref']],
    ['any ref at all', whoWith('ref: "**"'), ['access.0.who.ref']],
    ['no events', whoWith('events: []'), ['access.0.who.events']],
    ['an unknown runner', whoWith('runner: mine'), ['access.0.who.runner']],
    ['an unknown issuer', whoWith('issuer: gitlab'), ['access.0.who.issuer']],
    ['an unknown verb', soundWith('[promote, rollback]', '[promote, deploy]'), ['access.0.may.1']],
    ['no verbs', soundWith('[promote, rollback]', '[]'), ['access.0.may']],
    ['an unknown environment', soundWith('[dev, production]', '[dev, prod]'), ['access.0.in.1']],
    ['no environments', soundWith('    in: [dev, production]\n', ''), ['access.0.in']],
    ['an empty list of environments', soundWith('[dev, production]', '[]'), ['access.0.in']],
    ['an unknown app', soundWith('apps: [web]', 'apps: [wbe]'), ['access.0.apps.0']],
    ['reading in places', soundWith('[promote, rollback]', '[read]'), ['access.0.in', 'access.0.apps']],
    [
      'nobody',
      soundWith('who: { repository: acme/web, repositoryId: 456789, ownerId: "123456" }', 'who: acme/web'),
      ['access.0.who'],
    ],
    ['rules as a mapping', `${sound.split('access:')[0]}access: { who: x }\n`, ['access']],
    ['nobody to believe', sound.replace(/identity:\n.*\n.*\n/, ''), ['access']],
  ];
  test.each(faulty)('with %s is refused', (_, text, keys) => {
    expect(keysOf(text)).toEqual(keys);
  });

  test('says which issuer it is for where there are several', () => {
    const text = sound.replace(github, `${github}    ghes: { issuer: https://ghes.acme.example, audience: promote }\n`);
    expect(keysOf(text)).toEqual(['access.0.who.issuer']);
  });

  const suggestions: readonly (readonly [part: string, replacement: string, key: string, suggested: string])[] = [
    ['identity:', 'idntity:', 'idntity', 'identity'],
    ['issuers:', 'issuer:', 'identity.issuer', 'issuers'],
    ['audience:', 'audiences:', 'identity.issuers.github.audiences', 'audience'],
    ['may:', 'my:', 'access.0.my', 'may'],
    ['repositoryId:', 'repository_id:', 'access.0.who.repository_id', 'repositoryId'],
    ['[dev, production]', '[dev, prodution]', 'access.0.in.1', 'production'],
  ];
  test.each(suggestions)('%s written as %s is answered with a suggestion', (part, replacement, key, suggested) => {
    const problem = problemsOf(soundWith(part, replacement)).find((one) => one.includes(` ${key}: `));
    expect(problem).toContain(`did you mean ${suggested}?`);
  });

  const unsupported: readonly (readonly [rule: string, keys: readonly string[]])[] = [
    ['{ who: { group: release-managers }, may: [promote, rollback], in: [production] }', ['access.1.who.group']],
    ['{ who: { group: x, team: y }, may: [approve], in: [nowhere] }', ['access.1.may', 'access.1.who.group']],
    ['{ who: { repository: a/b, repositoryId: 1, ownerId: 2 }, may: [approve], in: [dev] }', ['access.1.may']],
    ['{ who: { repository: a/b, repositoryId: 1, ownerId: 2 }, may: [promote, hold], in: [dev] }', ['access.1.may']],
  ];
  test.each(unsupported)('%s is refused as not supported yet, and nothing else is', (rule, keys) => {
    const problems = problemsOf(`${sound}  - ${rule}\n`);
    expect(problems.map((problem) => problem.split(': ')[1])).toEqual(keys);
    for (const problem of problems) expect(problem).toContain('not supported by this version yet');
  });

  test('behind one that is not supported keeps its number', () => {
    const group = '  - { who: { group: x }, may: [promote] }\n';
    const text = `${sound.replace('access:\n', `access:\n${group}`)}${group}  - { who: { repository: b }, may: [read] }\n`;
    expect(keysOf(text)).toEqual([
      'access.0.who.group',
      'access.2.who.group',
      'access.3.who.repository',
      'access.3.who.repositoryId',
      'access.3.who.ownerId',
    ]);
  });

  test('may name apps that are only discovered', () => {
    const text = sound.replace(/apps: \{.*\}\n/, 'discover: dev/\n').replace('"{repository}"', '"dev/{app}"');
    expect(problemsOf(text)).toEqual([]);
  });
});

describe('a rule for users and tokens', () => {
  const withRule = (rule: string) => `${places}access:\n  - ${rule}\n`;
  const accessOf = (rule: string) => parseConfig(withRule(rule), 'c.yaml').access;

  test('needs no issuer, and names whom it is for and where', () => {
    expect(accessOf('{ who: { user: ada }, may: [pull, push, pull], repositories: ["team/**", app] }')).toEqual([
      {
        ...{ number: 1, who: { kind: 'user', name: 'ada' }, may: ['pull', 'push'], in: [], apps: undefined },
        repositories: ['team/**', 'app'],
      },
    ]);
    expect(accessOf('{ who: { token: ci }, may: [promote], in: [production], apps: [web] }')).toMatchObject([
      { who: { kind: 'token', name: 'ci' }, in: ['production'], apps: ['web'] },
    ]);
    expect(accessOf('{ who: everyone, may: [pull], repositories: ["**"] }')).toMatchObject([
      { who: { kind: 'everyone' } },
    ]);
    expect(accessOf('{ who: anonymous, may: [pull], repositories: [public/*] }')).toMatchObject([
      { who: { kind: 'anonymous' } },
    ]);
  });

  test('may give every verb there is to give, each in its places', () => {
    const may = '[pull, push, overwrite, delete, break-glass, promote, rollback, read]';
    expect(accessOf(`{ who: { token: ci }, may: ${may}, in: [dev], repositories: [a] }`)).toHaveLength(1);
  });

  test('for a workload may be about repositories, too', () => {
    const text = soundWith('    apps: [web]', '    apps: [web]\n    repositories: ["staging/**"]').replace(
      '[promote, rollback]',
      '[promote, push]',
    );
    expect(parseConfig(text, 'c.yaml').access).toMatchObject([
      { who: { issuer: 'github' }, may: ['promote', 'push'], repositories: ['staging/**'] },
    ]);
  });

  const faulty: readonly (readonly [rule: string, keys: readonly string[]])[] = [
    ['{ who: { user: ada }, may: [pull] }', ['access.0.repositories']],
    ['{ who: { user: ada }, may: [pull], repositories: [] }', ['access.0.repositories']],
    ['{ who: { user: ada }, may: [pull], repositories: [Team/App] }', ['access.0.repositories.0']],
    ['{ who: { user: ada }, may: [pull], repositories: [team/a**] }', ['access.0.repositories.0']],
    ['{ who: { user: ada }, may: [pull], in: [dev], repositories: [a] }', ['access.0.in']],
    ['{ who: { token: ci }, may: [promote], in: [dev], repositories: [a] }', ['access.0.repositories']],
    ['{ who: { user: ada }, may: [pull, promote], in: [dev], repositories: [a] }', ['access.0.may']],
    ['{ who: { user: ada }, may: [read] }', ['access.0.may']],
    ['{ who: { token: ci }, may: [promote] }', ['access.0.in']],
    ['{ who: { user: ada, token: ci }, may: [pull], repositories: [a] }', ['access.0.who.token']],
    ['{ who: { usr: ada }, may: [pull], repositories: [a] }', ['access.0.who.repository', 'access.0.who.usr']],
    ['{ who: { user: "a b" }, may: [pull], repositories: [a] }', ['access.0.who.user']],
    ['{ who: { user: anonymous }, may: [pull], repositories: [a] }', ['access.0.who.user']],
    ['{ who: everybody, may: [pull], repositories: [a] }', ['access.0.who']],
    ['{ who: anonymous, may: [pull, push], repositories: [a] }', ['access.0.may']],
    ['{ who: anonymous, may: [read] }', ['access.0.may']],
    ['{ who: everyone, may: [environment-tags], repositories: [a] }', ['access.0.may.0']],
    ['{ who: everyone, may: [administer] }', ['access.0.may.0']],
    ['{ who: everyone, may: [pull], repository: [a] }', ['access.0.repositories', 'access.0.repository']],
  ];
  test.each(faulty)('cannot be %s', (rule, keys) => {
    expect(keysOf(withRule(rule)).toSorted()).toEqual(keys);
  });

  test('of one letter too few is told the key that was meant', () => {
    expect(problemsOf(withRule('{ who: { usr: ada }, may: [read] }')).join()).toContain('did you mean user?');
    expect(problemsOf(withRule('{ who: { user: ada }, may: [pull], repositores: [a] }')).join()).toContain(
      'did you mean repositories?',
    );
  });
});
