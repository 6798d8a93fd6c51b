/** Docker's token flow over the wire: challenges, `/token`, and what a token of ours opens and does not. */
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { AccessRule } from '../../../core/access-rule.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import {
  absentDigest,
  basic,
  blobOf,
  type Call,
  type Caller,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type RegistryUnderTestInit,
} from '../registry-under-test.ts';
import { decode, openTokenWorkshop } from './token-workshop.ts';

const url = 'https://registry.acme.example';
const service = 'registry.acme.example';
const password = 'correct horse battery';
const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const layer = blobOf('a layer');

const anonymousRule: AccessRule = {
  ...{ number: 1, who: { kind: 'anonymous' }, may: ['pull'], in: [], apps: undefined },
  repositories: [parseRepositoryPattern('open/**')],
};

let registry: RegistryUnderTest;
let passedMs = 0;

/** A registry whose calls name it as its clients do. */
async function openNamed(init: RegistryUnderTestInit): Promise<RegistryUnderTest> {
  const opened = await openRegistryUnderTest(init);
  return {
    ...opened,
    call: (call) => opened.call({ ...call, headers: { host: service, ...call.headers } }),
  };
}

beforeAll(async () => {
  registry = await openNamed({ settings: { url, rules: [anonymousRule] }, now: () => Date.now() + passedMs });
  await registry.access.createUser({ name: 'ada', password, role: 'pusher' });
  for (const repository of ['team/app', 'team/other', 'open/app'])
    await registry.push(repository, config, image, layer);
});

afterEach(() => {
  passedMs = 0;
});

afterAll(() => registry.close());

const ada = basic('ada', password);

async function fetchToken(as: Caller, ...scopes: string[]): Promise<string> {
  const query = new URLSearchParams({ service });
  for (const scope of scopes) query.append('scope', scope);
  const reply = await registry.call({ path: `/token?${query}`, as });
  expect(reply.status, reply.text).toBe(200);
  const { token } = jsonOf(reply) as { token: string };
  return token;
}

function bearer(token: string): Caller {
  return { authorization: `Bearer ${token}` };
}

async function fetchAs(as: Caller, ...scopes: string[]): Promise<Caller> {
  return bearer(await fetchToken(as, ...scopes));
}

function challengeOf(reply: { readonly headers: Readonly<Record<string, unknown>> }): unknown {
  return reply.headers['www-authenticate'];
}

const bearerTo = (scope: string) => `Bearer realm="${url}/token",service="${service}",scope="${scope}"`;
const manifestPath = (repository: string) => `/v2/${repository}/manifests/${image.descriptor.digest}`;
const blobPath = (repository: string) => `/v2/${repository}/blobs/${layer.descriptor.digest}`;

describe('a challenge', () => {
  const asked: [Call, string][] = [
    [{ path: manifestPath('team/app') }, 'repository:team/app:pull'],
    [{ method: 'HEAD', path: blobPath('team/app') }, 'repository:team/app:pull'],
    [{ path: '/v2/team/app/tags/list' }, 'repository:team/app:pull'],
    [{ path: `/v2/team/app/referrers/${absentDigest}` }, 'repository:team/app:pull'],
    [{ method: 'POST', path: '/v2/team/app/blobs/uploads/' }, 'repository:team/app:pull,push'],
    [{ method: 'PUT', path: '/v2/team/app/manifests/v1' }, 'repository:team/app:pull,push'],
    [{ method: 'PATCH', path: '/v2/team/app/blobs/uploads/x' }, 'repository:team/app:pull,push'],
    [
      { method: 'POST', path: `/v2/team/app/blobs/uploads/?mount=${absentDigest}&from=team/other` },
      'repository:team/app:pull,push repository:team/other:pull',
    ],
    [{ method: 'DELETE', path: '/v2/team/app/manifests/v1' }, 'repository:team/app:delete'],
    [{ path: '/v2/_catalog' }, 'registry:catalog:*'],
  ];

  test.each(asked)('names what is to be asked for: %o', async (call, scope) => {
    const reply = await registry.call({ ...call, as: basic('ci', `rat_000000000000_${'A'.repeat(43)}`) });
    expect([reply.status, challengeOf(reply)]).toEqual([401, bearerTo(scope)]);
  });

  test('to whoever only knocks names nothing, and to malformed paths neither', async () => {
    const plain = `Bearer realm="${url}/token",service="${service}"`;
    for (const path of ['/v2/', '/v2', '/v2/UPPER/tags/list', '/v2/nothing', '/v2/..%2f'])
      expect([path, challengeOf(await registry.call({ path, as: 'nobody' }))]).toEqual([path, plain]);
  });

  test('comes from the settings, whatever host the request names', async () => {
    const headers = { host: 'evil.example', 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'http' };
    const reply = await registry.call({ path: '/v2/', as: 'nobody', headers });
    expect([challengeOf(reply), reply.text]).not.toContain('evil');
    expect(challengeOf(reply)).toContain(url);
  });

  test('to whoever asks from this machine itself is Basic where tokens are at another one', async () => {
    for (const host of ['127.0.0.1', 'localhost:5000', '[::1]:5000']) {
      const reply = await registry.call({ path: '/v2/', as: 'nobody', headers: { host } });
      expect([host, challengeOf(reply)]).toEqual([host, 'Basic realm="registry-action"']);
    }
    const headers = { host: '127.0.0.1', 'x-forwarded-for': '192.0.2.1' };
    expect(challengeOf(await registry.call({ path: '/v2/', as: 'nobody', headers }))).toMatch(/^Bearer /);
  });

  test('beside the distribution API is Basic, where our tokens are of no use', async () => {
    const reply = await registry.call({ method: 'POST', path: '/admin/v1/token-keys', as: 'nobody' });
    expect([reply.status, challengeOf(reply)]).toEqual([401, 'Basic realm="registry-action"']);
  });
});

describe('/token', () => {
  test('gives a token for five minutes under both of its names, and is not to be cached', async () => {
    const reply = await registry.call({ path: `/token?service=${service}&scope=repository:team/app:pull`, as: ada });
    const answer = jsonOf(reply) as Record<string, unknown>;
    expect(answer).toMatchObject({ token_type: 'Bearer', expires_in: 300, scope: 'repository:team/app:pull' });
    expect([answer['token'] === answer['access_token'], reply.headers['cache-control']]).toEqual([true, 'no-store']);
    expect(Math.abs(Date.parse(String(answer['issued_at'])) - Date.now())).toBeLessThan(60_000);
  });

  test('gives of what is asked for what the caller may', async () => {
    const token = await fetchToken(ada, 'repository:team/app:pull,push,delete', 'repository:x:*', 'registry:catalog:*');
    expect(decode(token, 1)['access']).toEqual([
      { type: 'repository', name: 'team/app', actions: ['pull', 'push'] },
      { type: 'repository', name: 'x', actions: ['pull', 'push'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
    ]);
  });

  test('gives one for nothing to whoever only signs in, as docker login does', async () => {
    const path = `/token?account=ada&client_id=docker&offline_token=true&service=${service}`;
    const reply = await registry.call({ path, as: ada });
    expect([reply.status, 'refresh_token' in (jsonOf(reply) as object)]).toEqual([200, false]);
    const { token } = jsonOf(reply) as { token: string };
    expect((await registry.call({ path: '/v2/', as: bearer(token) })).status).toBe(200);
  });

  test('takes an API token as the password of any user', async () => {
    const as = await fetchAs(basic('whoever', registry.tokens.viewer), 'repository:team/app:pull,push');
    expect((await registry.call({ path: manifestPath('team/app'), as })).status).toBe(200);
    expect((await registry.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/', as })).codes).toEqual([
      'DENIED',
    ]);
  });

  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const post = (fields: Readonly<Record<string, string>>, headers = form) =>
    registry.call({ method: 'POST', path: '/token', as: 'nobody', headers, body: String(new URLSearchParams(fields)) });

  test('takes a form with the password, and all scopes in one field', async () => {
    const fields = { grant_type: 'password', service, client_id: 'containerd-client', username: 'ada', password };
    const reply = await post({ ...fields, scope: 'repository:team/app:pull repository:team/other:pull' });
    expect(jsonOf(reply)).toMatchObject({ scope: 'repository:team/app:pull repository:team/other:pull' });
    const { access_token: token } = jsonOf(reply) as { access_token: string };
    expect((await registry.call({ path: manifestPath('team/other'), as: bearer(token) })).status).toBe(200);
  });

  const refused: [string, Record<string, string>, string][] = [
    ['a refresh token', { grant_type: 'refresh_token', refresh_token: 'x' }, 'unsupported_grant_type'],
    ['another grant', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ['no grant', { username: 'ada', password }, 'invalid_request'],
    ['no password', { grant_type: 'password', username: 'ada' }, 'invalid_request'],
    ['another service', { grant_type: 'password', username: 'ada', password, service: 'other' }, 'invalid_target'],
    ['a malformed scope', { grant_type: 'password', username: 'ada', password, scope: 'x' }, 'invalid_scope'],
  ];

  test.each(refused)('refuses a form with %s', async (_, fields, error) => {
    const reply = await post(fields);
    expect([reply.status, jsonOf(reply)]).toMatchObject([400, { error, errors: [{ code: 'UNSUPPORTED' }] }]);
  });

  test('refuses a form of another type, and one that is too large, before it is all there', async () => {
    const fields = { grant_type: 'password', username: 'ada', password };
    expect((await post(fields, { 'content-type': 'application/json' })).status).toBe(400);
    expect((await post({ ...fields, password: 'x'.repeat(70_000) })).status).toBe(400);
  });

  test.each([
    ['a scope with an action apart', 'scope=repository:a:pull%20push'],
    ['another service', 'service=registry.evil.example'],
    ['two services', `service=${service}&service=other`],
    ['very many scopes', Array.from({ length: 101 }, (_, at) => `scope=repository:a${at}:pull`).join('&')],
  ])('refuses a query with %s', async (_, query) => {
    expect((await registry.call({ path: `/token?${query}`, as: ada })).status).toBe(400);
  });

  test('refuses a wrong password and an unknown user with the same words, and asks for Basic', async () => {
    const answers = new Set<string>();
    for (const as of [basic('ada', 'wrong horse'), basic('nobody', 'wrong horse')]) {
      const reply = await registry.call({ path: '/token', as });
      answers.add(JSON.stringify([reply.status, reply.text, challengeOf(reply)]));
    }
    expect([...answers]).toHaveLength(1);
    expect([...answers][0]).toMatch(/^\[401,.*wrong user name or password.*Basic realm/);
  });

  test.each(['Basic', 'Basic %%%', 'Bearer x', 'Digest username="ada"', 'nonsense'])(
    'gives nothing for the header %j, not even what anybody may',
    async (authorization) => {
      const reply = await registry.call({ path: '/token?scope=repository:open/app:pull', as: { authorization } });
      expect([reply.status, 'token' in (jsonOf(reply) as object)]).toEqual([400, false]);
    },
  );

  test('gives as many tokens as the caller may make requests', async () => {
    const limited = await openNamed({
      settings: { url, rules: [anonymousRule], rateLimit: { requestsPerSecond: 1, burst: 2 } },
      now: () => 0,
    });
    for (const as of ['viewer', 'nobody'] as const) {
      const statuses: number[] = [];
      for (const _ of Array(3)) statuses.push((await limited.call({ path: '/token', as })).status);
      expect([as, statuses]).toEqual([as, [200, 200, 429]]);
    }
    await limited.close();
  });

  test('gives nothing for one of its own tokens', async () => {
    const as = await fetchAs(ada, 'repository:team/app:pull');
    expect((await registry.call({ path: '/token?scope=repository:team/app:push', as })).status).toBe(400);
  });
});

describe('a token', () => {
  test('opens what it is for', async () => {
    const as = await fetchAs(ada, 'repository:team/app:pull,push');
    expect((await registry.call({ path: manifestPath('team/app'), as })).status).toBe(200);
    const path = `/v2/team/app/blobs/uploads/?digest=${blobOf('new').descriptor.digest}`;
    expect((await registry.call({ method: 'POST', path, as, body: 'new' })).status).toBe(201);
  });

  const needed: [Call, string][] = [
    [{ path: manifestPath('team/other') }, 'repository:team/other:pull'],
    [{ method: 'POST', path: '/v2/team/app/blobs/uploads/' }, 'repository:team/app:pull,push'],
    [{ path: '/v2/_catalog' }, 'registry:catalog:*'],
  ];

  test.each(needed)('for pulling one repository is told what else is needed: %o', async (call, scope) => {
    const as = await fetchAs(ada, 'repository:team/app:pull');
    const reply = await registry.call({ ...call, as });
    expect([reply.status, reply.codes, challengeOf(reply)]).toEqual([
      401,
      ['UNAUTHORIZED'],
      `${bearerTo(scope)},error="insufficient_scope"`,
    ]);
  });

  test.each(['repository:team/app2:pull', 'repository:team:*', 'repository(plugin):team/app:*', 'registry:catalog:*'])(
    'for %s opens nothing in another repository',
    async (scope) => {
      const as = await fetchAs(ada, scope);
      const statuses = [manifestPath('team/app'), blobPath('team/app'), '/v2/team/app/tags/list'].map(
        async (path) => (await registry.call({ path, as })).status,
      );
      expect(await Promise.all(statuses)).toEqual([401, 401, 401]);
    },
  );

  test('mounts only from a repository that it is for', async () => {
    const mount = `/v2/mounts/app/blobs/uploads/?mount=${layer.descriptor.digest}`;
    const narrow = await fetchAs(ada, 'repository:mounts/app:pull,push');
    const wide = await fetchAs(ada, 'repository:mounts/app:pull,push', 'repository:team/app:pull');
    const ask = (path: string, as: Caller) => registry.call({ method: 'POST', path, as });
    const refused = await ask(`${mount}&from=team/app`, narrow);
    expect([refused.status, challengeOf(refused)]).toEqual([
      401,
      `${bearerTo('repository:mounts/app:pull,push repository:team/app:pull')},error="insufficient_scope"`,
    ]);
    expect((await ask(mount, narrow)).status).toBe(202);
    expect((await ask(mount, wide)).status).toBe(201);
    expect((await ask(`${mount}&from=team/app`, wide)).status).toBe(201);
  });

  test('mounts nothing from where its holder may not read, as if there were nothing', async () => {
    const rules = [{ ...anonymousRule, who: { kind: 'token', name: 'narrow' }, may: ['pull', 'push'] } as const];
    const guarded = await openRegistryUnderTest({ settings: { url, rules } });
    const { secret: own } = await guarded.access.createToken({ name: 'narrow', role: 'member' }, Date.now());
    await guarded.push('team/app', layer);
    const reply = await guarded.call({
      path: '/token?scope=repository:open/x:pull,push&scope=repository:team/app:pull',
      as: basic('narrow', own),
    });
    const { token } = jsonOf(reply) as { token: string };
    const path = `/v2/open/x/blobs/uploads/?mount=${layer.descriptor.digest}&from=team/app`;
    expect((await guarded.call({ method: 'POST', path, as: bearer(token) })).status).toBe(202);
    await guarded.close();
  });

  test('for the catalogue lists what its holder may pull', async () => {
    const as = await fetchAs(ada, 'registry:catalog:*');
    expect(jsonOf(await registry.call({ path: '/v2/_catalog', as }))).toMatchObject({
      repositories: expect.arrayContaining(['open/app', 'team/app', 'team/other']),
    });
  });

  test('for less than its holder may opens no more, even to an administrator', async () => {
    const as = await fetchAs(basic('x', registry.tokens.admin), 'repository:team/app:pull');
    expect((await registry.call({ method: 'DELETE', path: '/v2/team/app/manifests/absent', as })).status).toBe(401);
    const admin = await registry.call({ method: 'POST', path: '/admin/v1/token-keys', as });
    expect([admin.status, challengeOf(admin)]).toEqual([401, 'Basic realm="registry-action"']);
  });

  test('ends after five minutes', async () => {
    const as = await fetchAs(ada, 'repository:team/app:pull');
    passedMs = 311_000;
    const reply = await registry.call({ path: manifestPath('team/app'), as });
    expect([reply.status, challengeOf(reply)]).toEqual([
      401,
      `${bearerTo('repository:team/app:pull')},error="invalid_token"`,
    ]);
  });

  test('is nobody’s as the password of a user', async () => {
    const token = await fetchToken(ada, 'repository:team/app:pull');
    for (const name of ['ada', 'oidc', ''])
      expect([name, (await registry.call({ path: '/v2/', as: basic(name, token) })).status]).toEqual([name, 401]);
  });

  test('is in no event', async () => {
    const token = await fetchToken(ada, 'repository:team/app:pull');
    await registry.call({ path: manifestPath('team/app'), as: bearer(token) });
    expect(registry.events.at(-1)).toMatchObject({ actor: 'ada', status: 200 });
    expect(JSON.stringify(registry.events)).not.toContain(token.split('.')[2]);
  });
});

describe('from before a change', () => {
  async function statusesAround(change: () => Promise<unknown>, as: Caller): Promise<readonly number[]> {
    const before = (await registry.call({ path: manifestPath('team/app'), as })).status;
    await change();
    return [before, (await registry.call({ path: manifestPath('team/app'), as })).status];
  }

  test('a token ends when its user is removed', async () => {
    await registry.access.createUser({ name: 'leaver', password, role: 'viewer' });
    const as = await fetchAs(basic('leaver', password), 'repository:team/app:pull');
    expect(await statusesAround(() => registry.access.removeUser('leaver'), as)).toEqual([200, 401]);
    await registry.access.createUser({ name: 'leaver', password, role: 'viewer' });
    expect((await registry.call({ path: manifestPath('team/app'), as })).status).toBe(401);
  });

  test.each(['viewer', 'admin'] as const)('a token ends when its user gets the role %s', async (role) => {
    await registry.access.createUser({ name: 'mover', password, role: 'pusher', replaces: true });
    const as = await fetchAs(basic('mover', password), 'repository:team/app:pull,push');
    const change = () => registry.access.createUser({ name: 'mover', password, role, replaces: true });
    expect(await statusesAround(change, as)).toEqual([200, 401]);
  });

  test('a token ends when its user gets another password', async () => {
    await registry.access.createUser({ name: 'changer', password, role: 'viewer' });
    const as = await fetchAs(basic('changer', password), 'repository:team/app:pull');
    const init = { name: 'changer', password: 'another horse battery', role: 'viewer', replaces: true } as const;
    expect(await statusesAround(() => registry.access.createUser(init), as)).toEqual([200, 401]);
  });

  test('a token ends when the API token is revoked that it was given for', async () => {
    const { id, secret } = await registry.access.createToken({ name: 'ci', role: 'viewer' }, Date.now());
    const as = await fetchAs(basic('ci', secret), 'repository:team/app:pull');
    expect(await statusesAround(() => registry.access.revokeToken(id), as)).toEqual([200, 401]);
  });

  test('a token that was made by hand with a version of its own is nobody’s', async () => {
    const workshop = await openTokenWorkshop(join(registry.directory, 'registry', 'token-keys.json'));
    const token = await fetchToken(ada, 'repository:team/app:pull');
    const [head, payload] = [decode(token, 0), decode(token, 1)];
    const holder = { kind: 'credential', credential: { kind: 'user', id: 'ada' }, version: 'other' };
    const statusOf = async (text: string) => (await registry.call({ path: '/v2/', as: bearer(text) })).status;
    expect(await statusOf(workshop.sign(head, payload))).toBe(200);
    expect(await statusOf(workshop.sign(head, { ...payload, holder }))).toBe(401);
  });

  test('tokens go on through a rotation of keys, and end with one that is to end them', async () => {
    const as = await fetchAs(ada, 'repository:team/app:pull');
    const rotate = (body: string) => () => registry.call({ method: 'POST', path: '/admin/v1/token-keys', body });
    expect(await statusesAround(rotate(''), as)).toEqual([200, 200]);
    expect(await statusesAround(rotate('{"atOnce":true}'), as)).toEqual([200, 401]);
    const fresh = await fetchAs(ada, 'repository:team/app:pull');
    expect((await registry.call({ path: manifestPath('team/app'), as: fresh })).status).toBe(200);
  });

  test('keys are rotated by administrators alone, and by nothing malformed', async () => {
    const call = { method: 'POST', path: '/admin/v1/token-keys' };
    expect((await registry.call({ ...call, as: 'operator' })).status).toBe(403);
    for (const body of ['{"atOnce":1}', '{"atonce":true}', '{', 'x'.repeat(2_000)])
      expect((await registry.call({ ...call, body })).codes).toEqual(['REQUEST_INVALID']);
  });
});

describe('whoever has not signed in', () => {
  test('reads at once what anybody may', async () => {
    for (const path of [manifestPath('open/app'), blobPath('open/app'), '/v2/open/app/tags/list'])
      expect([path, (await registry.call({ path, as: 'nobody' })).status]).toEqual([path, 200]);
  });

  test('is asked to sign in before anything is listed, since members see more, and lists it with a token', async () => {
    const listing = { path: '/v2/_catalog' };
    const reply = await registry.call({ ...listing, as: 'nobody' });
    expect([reply.status, challengeOf(reply)]).toEqual([401, bearerTo('registry:catalog:*')]);
    const listed = async (as: Caller) =>
      jsonOf(await registry.call({ ...listing, as: await fetchAs(as, 'registry:catalog:*') }));
    expect(await listed(ada)).toEqual({ repositories: ['open/app', 'team/app', 'team/other'] });
    expect(await listed('nobody')).toEqual({ repositories: ['open/app'] });
  });

  test('is asked to sign in for all else, be it there or not', async () => {
    for (const path of [
      manifestPath('team/app'),
      manifestPath('absent/app'),
      '/v2/open/x/y',
      '/v2/',
      '/admin/v1/nothing',
    ])
      expect([path, (await registry.call({ path, as: 'nobody' })).status]).toEqual([path, 401]);
    expect((await registry.call({ method: 'POST', path: '/v2/open/app/blobs/uploads/', as: 'nobody' })).status).toBe(
      401,
    );
  });

  test('gets a token for what anybody may, as docker wants one for every pull', async () => {
    const token = await fetchToken('nobody', 'repository:open/app:pull,push', 'repository:team/app:pull');
    expect(decode(token, 1)['access']).toEqual([{ type: 'repository', name: 'open/app', actions: ['pull'] }]);
    const as = bearer(token);
    expect((await registry.call({ path: '/v2/', as })).status).toBe(200);
    expect((await registry.call({ path: manifestPath('open/app'), as })).status).toBe(200);
    const other = await registry.call({ path: manifestPath('team/app'), as });
    expect([other.status, challengeOf(other)]).toEqual([
      401,
      `${bearerTo('repository:team/app:pull')},error="insufficient_scope"`,
    ]);
  });

  test('is told to sign in, not to fetch another token of nobody’s, for what not anybody may', async () => {
    const as = await fetchAs('nobody', 'repository:open/app:pull');
    const textAt = async (path: string) => (await registry.call({ path, as })).text;
    expect(await textAt('/v2/team/app/tags/list')).toContain('sign in with a user name');
    expect(await textAt('/v2/open/other/tags/list')).toContain('fetch one with the scope');
  });

  test('is nobody who signed in wrongly', async () => {
    expect((await registry.call({ path: manifestPath('open/app'), as: basic('eve', 'wrong horse') })).status).toBe(401);
    for (const authorization of ['Bearer x.y.z', 'Basic', 'Basic %%%', 'Digest a=b', 'nonsense']) {
      expect((await registry.call({ path: manifestPath('open/app'), as: { authorization } })).status).toBe(401);
    }
  });

  test('cannot be a user of the name that anybody goes by', async () => {
    expect((await registry.call({ path: '/v2/', as: basic('anonymous', '') })).status).toBe(401);
  });

  test('gets no token where no rule is for anybody', async () => {
    const closed = await openRegistryUnderTest({ settings: { url } });
    try {
      const reply = await closed.call({ path: '/token?scope=repository:open/app:pull', as: 'nobody' });
      expect([reply.status, challengeOf(reply)]).toEqual([401, 'Basic realm="registry-action"']);
    } finally {
      await closed.close();
    }
  });
});

test('without a URL, rules for anybody and issuers, the challenge is Basic, and tokens are given and taken all the same', async () => {
  const plain = await openRegistryUnderTest();
  try {
    const challenge = challengeOf(await plain.call({ path: '/v2/', as: 'nobody' }));
    expect(challenge).toBe('Basic realm="registry-action"');
    const reply = await plain.call({ path: `/token?service=127.0.0.1:${plain.port}` });
    const { token } = jsonOf(reply) as { token: string };
    expect((await plain.call({ path: '/v2/', as: bearer(token) })).status).toBe(200);
  } finally {
    await plain.close();
  }
});

test('where only the address is known, it is what challenges name', async () => {
  const local = await openRegistryUnderTest({ settings: { rules: [anonymousRule] } });
  try {
    const host = `127.0.0.1:${local.port}`;
    const challenge = challengeOf(await local.call({ path: '/v2/', as: 'nobody', headers: { host: 'evil.example' } }));
    expect(challenge).toBe(`Bearer realm="http://${host}/token",service="${host}"`);
  } finally {
    await local.close();
  }
});
