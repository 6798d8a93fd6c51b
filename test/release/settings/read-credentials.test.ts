import { describe, expect, test } from 'vitest';
import { refusalOfPromise } from './expect-fault.ts';
import { type ReleaseCase, readRelease, type Written } from './release-case.ts';

const both = 'ghcr.io/acme/app\ndocker.io/acme/app';
const foreign: ReleaseCase = { around: { isForeign: true } };
const pair = { username: 'acme', password: 'pw' };
const auth = { 'registry-auth': 'docker.io: {username: hub, password: hubpw}' };

/** `registry username password` of each, and whether it is pushed. */
async function read(written: Written, about?: ReleaseCase) {
  const { credentials, request } = await readRelease(written, about);
  return {
    credentials: credentials.map(({ registry, username, password }) => `${registry} ${username} ${password}`),
    push: request.effects.push,
  };
}

describe('credentials', () => {
  test.each<[string, Written, readonly string[], ReleaseCase?]>([
    ['none', {}, []],
    ['the token of the run', { token: 'T' }, ['ghcr.io octo-org T']],
    ['one pair for the one registry, before the token', { token: 'T', ...pair }, ['ghcr.io acme pw']],
    [
      'the pair for the other registry, the token for its own',
      { token: 'T', images: both, ...pair },
      ['docker.io acme pw', 'ghcr.io octo-org T'],
    ],
    [
      'the pair for every registry when there is no token',
      { images: both, ...pair },
      ['ghcr.io acme pw', 'docker.io acme pw'],
    ],
    ['a list before the pair', { images: both, ...pair, ...auth }, ['docker.io hub hubpw', 'ghcr.io acme pw']],
    [
      'a list for registries of base images too',
      { ...auth, token: 'T' },
      ['docker.io hub hubpw', 'ghcr.io octo-org T'],
    ],
    [
      'a list before the token',
      { token: 'T', 'registry-auth': 'GHCR.io: {username: a, password: b}' },
      ['ghcr.io a b'],
    ],
    [
      'the token of a server for its registry alone',
      { token: 'T', images: both },
      ['git.example.com octo-org T'],
      { around: { ownRegistry: { registry: 'git.example.com', username: 'octo-org' } } },
    ],
    ['no token where there is no registry for it', { token: 'T' }, [], { around: { ownRegistry: undefined } }],
  ])('are %s', async (_what, written, credentials, about) => {
    expect((await read(written, about)).credentials).toEqual(credentials);
  });

  test.each<[string, Written, string]>([
    ['without its password', { username: 'acme' }, 'password'],
    ['without its user name', { password: 'pw' }, 'username'],
    ['in a list without a password', { 'registry-auth': 'ghcr.io:\n  username: a\n  password:\n' }, 'registry-auth'],
    ['in a list that is none', { 'registry-auth': 'hunter2' }, 'registry-auth'],
  ])('are refused %s', async (_why, written, setting) => {
    const error = await refusalOfPromise(readRelease(written));
    expect(error.fields['settings']).toEqual([setting]);
    expect(JSON.stringify([error.message, error.wayOut, error.fields])).not.toContain('hunter2');
  });
});

describe('a stranger’s run', () => {
  test.each<[string, Written, boolean]>([
    ['has nothing', {}, false],
    ['has the token that every run has', { token: 'T' }, false],
    ['has a user name, and an empty password', { username: 'acme', password: '' }, false],
    ['has a list with an empty password', { 'registry-auth': 'ghcr.io:\n  username: a\n  password:\n' }, false],
    ['has credentials for another registry', auth, false],
    ['has credentials', pair, true],
    ['has a list of them', { 'registry-auth': 'ghcr.io: {username: a, password: b}' }, true],
  ])('that %s: pushed is %s', async (_what, written, push) => {
    expect((await read(written, foreign)).push).toBe(push);
  });

  test('is told that nothing is pushed, unless nobody asked for it', async () => {
    const codes = async (written: Written) => (await readRelease(written, foreign)).notices.map(({ code }) => code);
    expect(await codes({})).toEqual(['push-withheld']);
    expect(await codes(pair)).toEqual([]);
    expect(await codes({ push: 'false' })).toEqual([]);
  });

  test('asks for no promotion', async () => {
    const service = { 'promote-to': 'staging', 'service-url': 'https://promotions.example.com' };
    expect((await readRelease(service, foreign)).promotion).toBeUndefined();
    expect((await readRelease(service)).promotion?.environment).toBe('staging');
  });
});
