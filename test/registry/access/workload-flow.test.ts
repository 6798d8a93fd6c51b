/** Jobs of CI systems at the registry: their system's token as a password, what rules give for it, and when it ends. */
import { rm } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AccessRule, defaultEvents } from '../../../core/access-rule.ts';
import { parseRepositoryPattern } from '../../../core/repository-pattern.ts';
import { mediaTypes } from '../../../oci/spec/media-type.ts';
import { issuedAt, type LocalIssuer, openLocalIssuer, testAudience } from '../../identity/local-issuer.ts';
import { contentOf, manifestOf } from '../../oci/content.ts';
import { pickSteadyPort } from '../../steady-port.ts';
import {
  basic,
  type Caller,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
  type RegistryUnderTestInit,
  temporaryDirectory,
} from '../registry-under-test.ts';
import { encode } from './token-workshop.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });

let issuer: LocalIssuer;
let registry: RegistryUnderTest;
let passedMs = 0;

function rule(number: number, who: object, may: AccessRule['may'], ...repositories: string[]): AccessRule {
  const acme = { issuer: 'github', repository: 'acme/web', repositoryId: '456789', ownerId: '123456' };
  const free = {
    workflow: undefined,
    ref: undefined,
    environment: undefined,
    events: defaultEvents,
    runner: undefined,
  };
  return {
    ...{ number, may, in: [], apps: undefined, who: { ...acme, ...free, ...who } },
    repositories: repositories.map(parseRepositoryPattern),
  };
}

beforeAll(async () => {
  issuer = await openLocalIssuer();
  registry = await openFor([
    rule(1, { ref: 'refs/heads/main' }, ['pull', 'push'], 'dev/web', 'dev/web/**'),
    rule(2, { repository: 'acme/ops', repositoryId: '777' }, ['pull'], '**'),
  ]);
  await registry.push('dev/web', config, image);
  await registry.push('secret/app', config, image);
});

afterEach(() => {
  passedMs = 0;
  issuer.isDown = false;
});

afterAll(async () => {
  await registry.close();
  await issuer.close();
});

function openFor(rules: readonly AccessRule[], init: RegistryUnderTestInit = {}): Promise<RegistryUnderTest> {
  const trusted = { name: 'github', issuer: issuer.url, audience: testAudience };
  return openRegistryUnderTest({
    settings: { issuers: [{ ...trusted, keysFile: undefined, caFile: undefined }], rules },
    now: () => issuedAt * 1000 + passedMs,
    ...init,
  });
}

async function asJob(claims: Readonly<Record<string, unknown>> = {}, name = 'oidc') {
  return basic(name, await issuer.token(claims));
}

const pull = (repository: string) => ({ path: `/v2/${repository}/manifests/${image.descriptor.digest}` });
const push = (repository: string) => ({ method: 'POST', path: `/v2/${repository}/blobs/uploads/` });
const exchange = (scope: string) => ({ path: `/token?scope=${scope}` });

async function statusOf(call: { readonly path: string; readonly method?: string }, as: Caller): Promise<number> {
  return (await registry.call({ ...call, as })).status;
}

test.each(['oidc', ''])(
  'a job pushes and pulls where a rule lets it, under the user name %j, and nowhere else',
  async (name) => {
    const as = await asJob({}, name);
    expect([await statusOf(pull('dev/web'), as), await statusOf(push('dev/web/cache'), as)]).toEqual([200, 202]);
    expect([await statusOf(pull('secret/app'), as), await statusOf(push('dev/other'), as)]).toEqual([403, 403]);
    expect(await statusOf({ method: 'DELETE', path: '/v2/dev/web/manifests/v1' }, as)).toBe(403);
    expect(await statusOf({ method: 'POST', path: '/admin/v1/token-keys' }, as)).toBe(403);
  },
);

test('a job exchanges its token for one of ours, as docker login does, and as often as docker asks', async () => {
  const as = await asJob();
  for (const _ of Array(3)) {
    const reply = await registry.call({ ...exchange('repository:dev/web:pull,push,delete'), as });
    expect([reply.status, jsonOf(reply)]).toMatchObject([200, { scope: 'repository:dev/web:pull,push' }]);
    const { token } = jsonOf(reply) as { token: string };
    expect(await statusOf(pull('dev/web'), { authorization: `Bearer ${token}` })).toBe(200);
  }
});

test('the challenge leads to the exchange', async () => {
  const reply = await registry.call({ ...pull('dev/web'), as: 'nobody' });
  expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm="http:\/\/127\.0\.0\.1:\d+\/token",/);
});

test('what a job was given ends with its own token', async () => {
  const reply = await registry.call({
    ...exchange('repository:dev/web:pull'),
    as: await asJob({ exp: issuedAt + 90 }),
  });
  expect(jsonOf(reply)).toMatchObject({ expires_in: 90 });
  const { token } = jsonOf(reply) as { token: string };
  const as = { authorization: `Bearer ${token}` };
  expect(await statusOf(pull('dev/web'), as)).toBe(200);
  passedMs = 101_000;
  expect(await statusOf(pull('dev/web'), as)).toBe(401);
});

test('a job is not given anything for a token that ended, though clocks may differ', async () => {
  const as = await asJob({ exp: issuedAt + 90 });
  passedMs = 95_000;
  expect(await statusOf(exchange('repository:dev/web:pull'), as)).toBe(401);
});

test('a job whose rule asks for another branch may nothing, and is told why', async () => {
  const reply = await registry.call({ ...pull('dev/web'), as: await asJob({ ref: 'refs/heads/feature' }) });
  expect([reply.status, reply.codes]).toEqual([403, ['DENIED']]);
  expect(reply.text).toContain('refs/heads/feature');
});

test('with other rules after a restart, a token from before opens what they say', async () => {
  const directory = await temporaryDirectory();
  const port = await pickSteadyPort();
  const first = await openFor([rule(1, {}, ['pull'], 'dev/**')], { directory, port });
  await first.push('dev/web', config, image);
  const as = await asJob();
  const { token } = jsonOf(await first.call({ ...exchange('repository:dev/web:pull'), as })) as { token: string };
  const shown = { authorization: `Bearer ${token}` };
  expect((await first.call({ ...pull('dev/web'), as: shown })).status).toBe(200);
  await first.close();
  const second = await openFor([rule(1, {}, ['pull'], 'other/**')], { directory, port });
  expect((await second.call({ ...pull('dev/web'), as: shown })).status).toBe(403);
  await second.close();
  const third = await openRegistryUnderTest({ directory, port, now: () => issuedAt * 1000 });
  expect((await third.call({ ...pull('dev/web'), as: shown })).status).toBe(401);
  await third.close();
  await rm(directory, { recursive: true });
});

describe('a token is refused', () => {
  const forged: [string, () => Promise<string>][] = [
    ['for another audience', () => issuer.token({ aud: 'https://github.com/acme' })],
    ['for others, too', () => issuer.token({ aud: [testAudience, 'other'] })],
    ['of another issuer', () => issuer.token({ iss: 'https://evil.example' })],
    ['that ended', () => issuer.token({ iat: issuedAt - 300, exp: issuedAt - 61 })],
    ['from the future', () => issuer.token({ nbf: issuedAt + 61 })],
    ['without the time of its making', () => issuer.token({ iat: undefined })],
    ['of an unknown key', () => issuer.token({}, { kid: 'unknown' })],
    ['without a name of its own', () => issuer.token({ jti: undefined })],
    ['without a repository', () => issuer.token({ repository: undefined })],
    ['by the algorithm none', async () => `${encode({ alg: 'none' })}.${(await issuer.token()).split('.')[1]}.`],
    ['with another payload', async () => swapPayload(await issuer.token(), { ref: 'refs/heads/main' })],
    ['of the form alone', async () => 'a.b.c'],
  ];

  test.each(forged)('%s', async (_, make) => {
    const reply = await registry.call({ path: '/v2/', as: basic('oidc', await make()) });
    expect([reply.status, reply.codes]).toEqual([401, ['UNAUTHORIZED']]);
    expect(reply.headers['www-authenticate']).toMatch(/^Bearer realm=/);
  });

  test('under any other user name, where it is a password like another', async () => {
    expect(await statusOf({ path: '/v2/' }, await asJob({}, 'octocat'))).toBe(401);
  });

  test('as a bearer token, because it was not exchanged', async () => {
    expect(await statusOf({ path: '/v2/' }, { authorization: `Bearer ${await issuer.token()}` })).toBe(401);
  });

  test('from another address than the one that showed it first', async () => {
    const as = await asJob();
    expect(await statusOf(pull('dev/web'), as)).toBe(200);
    expect(await statusFrom('127.0.0.2', as)).toBe(401);
    expect(await statusFrom('127.0.0.2', await asJob())).toBe(200);
    expect(await statusOf(pull('dev/web'), as)).toBe(200);
  });

  test('where no issuer is configured', async () => {
    const closed = await openRegistryUnderTest();
    const reply = await closed.call({ path: '/v2/', as: await asJob() });
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Basic realm="registry-action"']);
    await closed.close();
  });

  test('and is in no event and no answer', async () => {
    const token = await issuer.token({ aud: 'other' });
    const reply = await registry.call({ ...pull('dev/web'), as: basic('oidc', token) });
    const [, payload = '', signature = ''] = token.split('.');
    expect(reply.status).toBe(401);
    for (const part of [payload, signature]) expect(JSON.stringify([reply, registry.events])).not.toContain(part);
  });
});

describe('while the issuer is away', () => {
  test('its keys are used on', async () => {
    expect(await statusOf(pull('dev/web'), await asJob())).toBe(200);
    issuer.isDown = true;
    passedMs = 60_000;
    expect(await statusOf(pull('dev/web'), await asJob())).toBe(200);
  });

  test('nobody is told that his token is wrong when no keys were read yet, and users go on', async () => {
    const fresh = await openFor([]);
    issuer.isDown = true;
    const reply = await fresh.call({ path: '/v2/', as: await asJob() });
    expect([reply.status, Number(reply.headers['retry-after']) > 0]).toEqual([503, true]);
    expect((await fresh.call({ path: '/token', as: await asJob() })).status).toBe(503);
    expect((await fresh.call({ path: '/v2/' })).status).toBe(200);
    await fresh.close();
  });
});

function swapPayload(token: string, claims: object): string {
  const [head, payload = '', signature] = token.split('.');
  const said = { ...JSON.parse(Buffer.from(payload, 'base64url').toString()), ...claims, extra: true };
  return `${head}.${encode(said)}.${signature}`;
}

/** Status of the manifest, asked for from this address of the machine. */
function statusFrom(localAddress: string, { authorization }: { readonly authorization: string }): Promise<number> {
  const { path } = pull('dev/web');
  return new Promise((resolve, reject) => {
    const headers = { authorization };
    request({ host: '127.0.0.1', port: registry.port, localAddress, path, headers, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', reject)
      .end();
  });
}
