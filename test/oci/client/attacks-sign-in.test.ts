/**
 * What a hostile registry may try on a client, first part: to get at credentials, by a realm or a redirect. One group
 * for each line of the checklist, in its order.
 */
import { afterAll, describe, expect, it } from 'vitest';
import { AccessError } from '../../../errors/errors.ts';
import type { RegistryClientInit } from '../../../oci/client/registry-client.ts';
import type { Credentials } from '../../../oci/client/sign-in/credentials.ts';
import { closeWorlds, openTrap, openWorld, type Reply, type World } from './attack-world.ts';
import { app, blobOf, errorOf, openTestClient, streamOf, testTiming, textOf } from './fixture.ts';
import { openTranscript } from './transcript.ts';

afterAll(closeWorlds);

const registry = 'https://registry.test';
const ping = `GET ${registry}/v2/`;
const password: Credentials = { username: 'ann', password: 'hunter22' };
const asAnn = `Basic ${Buffer.from('ann:hunter22').toString('base64')}`;
const identity: Credentials = { identityToken: 'refresh-me' };
const token = { body: '{"token":"t1","expires_in":300}' };

function challenge(realm: string): Reply {
  return { status: 401, headers: { 'www-authenticate': `Bearer realm="${realm}",service="reg"` } };
}

/** A ping of a registry that names the realm, and what came of it. */
async function pingWith(
  realm: string,
  credentials: Credentials | undefined,
  more: Readonly<Record<string, Reply | readonly Reply[]>> = {},
  init: Partial<RegistryClientInit> = {},
): Promise<{ readonly world: World; readonly error: Error | undefined }> {
  const world = await openWorld({ [ping]: [challenge(realm), {}], ...more });
  const client = world.open({ url: registry, credentials: async () => credentials, ...init });
  const error = await client.ping().then(
    () => undefined,
    (cause: Error) => cause,
  );
  return { world, error };
}

/** Nobody was asked but the registry, and the caller was told so. */
function expectRefused({ world, error }: { readonly world: World; readonly error: Error | undefined }): void {
  expect(error).toBeInstanceOf(AccessError);
  expect(error).toMatchObject({ code: 'REGISTRY_DENIED' });
  expect({ requests: world.requests(), knocks: world.knocks }).toEqual({ requests: [ping], knocks: [] });
}

describe('a realm', () => {
  it('over plain http is refused to a registry over https', async () => {
    expectRefused(await pingWith('http://auth.registry.test/token', password));
  });

  it('over plain http is refused to a registry over https even when there is nothing to lose', async () => {
    expectRefused(await pingWith('http://auth.registry.test/token', undefined));
  });

  it("over plain http at the registry's own host is asked over https, and in no other way", async () => {
    const asked = `GET ${registry}/token?service=reg`;
    const { world, error } = await pingWith('http://registry.test/token', password, { [asked]: token });
    expect(error).toBeUndefined();
    expect({ requests: world.requests(), knocks: world.knocks }).toEqual({ requests: [ping, asked, ping], knocks: [] });
  });

  it('over plain http is taken from a registry that is configured for plain http itself', async () => {
    const plain = 'http://registry.test';
    const world = await openWorld({
      [`GET ${plain}/v2/`]: [challenge(`${plain}/token`), {}],
      [`GET ${plain}/token?service=reg`]: token,
    });
    await world.open({ url: plain, credentials: async () => password }).ping();
    expect(world.visits[1]?.authorization).toBe(asAnn);
  });

  it('with user information in it is refused', async () => {
    expectRefused(await pingWith('https://ann:pw@registry.test/token', password));
  });

  it('at the host and port of the registry is taken', async () => {
    const { error, world } = await pingWith(`${registry}/token`, password, {
      [`GET ${registry}/token?service=reg`]: token,
    });
    expect(error).toBeUndefined();
    expect(world.visits.map(({ authorization }) => authorization)).toEqual([undefined, asAnn, 'Bearer t1']);
  });

  it.each([
    ['a password', password],
    ['a refresh token', identity],
  ])('at another site does not get %s', async (_, credentials) => {
    expectRefused(await pingWith('https://evil.test/token', credentials));
  });

  it.each([
    'https://registry.test.evil.test/token',
    'https://evil.test/registry.test',
    'https://evil.test#registry.test',
  ])('that only looks like the site of the registry, %s, is refused', async (realm) =>
    expectRefused(await pingWith(realm, password)),
  );

  it('at another site may make a token for nobody, and learns nothing', async () => {
    const { error, world } = await pingWith('https://evil.test/token', undefined, {
      'GET https://evil.test/token?service=reg': token,
    });
    expect(error).toBeUndefined();
    expect(world.visits[1]).toEqual({
      request: 'GET https://evil.test/token?service=reg',
      authorization: undefined,
      body: '',
    });
  });

  it('at another site does not get a token that is meant for the registry', async () => {
    const { world, error } = await pingWith('https://evil.test/token', { registryToken: 'reg-token' });
    expect(error).toBeUndefined();
    expect(world.requests()).toEqual([ping, ping]);
    expect(world.visits[1]?.authorization).toBe('Bearer reg-token');
  });

  it('of Docker Hub is known', async () => {
    const world = await openWorld({
      'GET https://registry-1.docker.io/v2/': [challenge('https://auth.docker.io/token'), {}],
      'GET https://auth.docker.io/token?service=reg': token,
    });
    await world.open({ url: 'https://docker.io', credentials: async () => password }).ping();
    const visit = world.visits.find(({ request }) => request === 'GET https://auth.docker.io/token?service=reg');
    expect(visit?.authorization).toBe(asAnn);
  });

  it('at another site is taken when the configuration names its host', async () => {
    const { error, world } = await pingWith(
      'https://evil.test/token',
      password,
      { 'GET https://evil.test/token?service=reg': token },
      { tokenService: 'evil.test' },
    );
    expect(error).toBeUndefined();
    expect(world.visits[1]?.authorization).toBe(asAnn);
  });

  it.each(['https://storage.test/token', 'https://evil.test:8443/token', 'http://evil.test/token'])(
    'elsewhere, %s, is refused all the same',
    async (realm) => expectRefused(await pingWith(realm, password, {}, { tokenService: 'evil.test' })),
  );

  it.each([
    ...['https://10.0.0.8/token', 'https://172.16.0.1/token', 'https://192.168.1.1/token', 'https://100.64.0.1/token'],
    ...['https://127.0.0.1/token', 'https://127.1/token', 'https://2130706433/token', 'https://0x7f.1/token'],
    ...['https://localhost/token', 'https://registry.localhost/token', 'https://0.0.0.0/token', 'https://0/token'],
    ...['https://169.254.169.254/latest/meta-data', 'https://[::1]/token', 'https://[::]/token'],
    ...['https://[fe80::1]/token', 'https://[fd00::1]/token', 'https://[::ffff:10.0.0.8]/token'],
    ...['https://[64:ff9b::10.0.0.8]/token'],
  ])('at the private address %s is refused, with credentials and without', async (realm) => {
    expectRefused(await pingWith(realm, password));
    expectRefused(await pingWith(realm, undefined));
  });

  it('on this machine is not even connected to', async () => {
    const trap = await openTrap();
    expectRefused(await pingWith(`https://127.0.0.1:${trap.port}/token`, undefined));
    expect(trap.visits()).toBe(0);
  });

  it('at a private address is taken when the registry is that address', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="{origin}/token"' };
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers },
      { request: 'GET /token', with: { authorization: asAnn }, answer: '{"token":"t1"}' },
      { request: 'GET /v2/', with: { authorization: 'Bearer t1' } },
    ]);
    await openTestClient({ url: server.url, credentials: async () => password }).ping();
  });

  it('at another private address is refused though the registry is at one', async () => {
    const headers = { 'www-authenticate': 'Bearer realm="http://10.0.0.8/token"' };
    for (const credentials of [password, undefined]) {
      const server = await openTranscript([{ request: 'GET /v2/', status: 401, headers }]);
      const client = openTestClient({ url: server.url, credentials: async () => credentials });
      expect(await errorOf(client.ping())).toMatchObject({ code: 'REGISTRY_DENIED' });
    }
  });

  it('at a private address is taken when the configuration names it', async () => {
    const tokens = await openTranscript([
      { request: 'GET /token', with: { authorization: asAnn }, answer: '{"token":"t1"}' },
    ]);
    const { port } = new URL(tokens.url);
    const headers = { 'www-authenticate': `Bearer realm="http://localhost:${port}/token"` };
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers },
      { request: 'GET /v2/', with: { authorization: 'Bearer t1' } },
    ]);
    const init = { url: server.url, tokenService: `localhost:${port}` };
    await openTestClient({ ...init, credentials: async () => password }).ping();
  });

  it.each([
    ['another site', 'https://evil.test/token'],
    ['plain http', 'http://registry.test/token'],
    ['a private address', 'https://10.0.0.8/token'],
  ])('that redirects to %s is not followed with a password', async (_, location) => {
    const asked = `GET ${registry}/token?service=reg`;
    const { world, error } = await pingWith(`${registry}/token`, password, {
      [asked]: { status: 307, headers: { location } },
    });
    expect(error).toMatchObject({ code: expect.stringMatching(/^REGISTRY_(?:DENIED|ANSWER_INVALID)$/) });
    expect({ requests: world.requests(), knocks: world.knocks }).toEqual({ requests: [ping, asked], knocks: [] });
  });

  it.each([301, 302, 303, 307, 308])(
    'that redirects a refresh token with %i gets it once and passes it to nobody',
    async (status) => {
      const { world, error } = await pingWith(`${registry}/token`, identity, {
        [`POST ${registry}/token`]: { status, headers: { location: 'https://auth.registry.test/token' } },
      });
      expect(error).toBeDefined();
      expect(world.requests()).toEqual([ping, `POST ${registry}/token`]);
    },
  );

  it('that redirects within the site is followed without the password', async () => {
    const { world, error } = await pingWith(`${registry}/token`, password, {
      [`GET ${registry}/token?service=reg`]: { status: 307, headers: { location: 'https://auth.registry.test/token' } },
      'GET https://auth.registry.test/token': token,
    });
    expect(error).toBeUndefined();
    expect(world.visits[2]).toMatchObject({
      request: 'GET https://auth.registry.test/token',
      authorization: undefined,
    });
  });

  it.each(['https://evil.test/token', 'https://10.0.0.8/token', 'http://auth.registry.test/token'])(
    'of a second challenge, %s, is judged like that of the first',
    async (realm) => {
      const asked = `GET ${registry}/token?service=reg`;
      const world = await openWorld({ [ping]: [challenge(`${registry}/token`), {}, challenge(realm)], [asked]: token });
      const client = world.open({ url: registry, credentials: async () => password });
      await client.ping();
      expect(await errorOf(client.ping())).toMatchObject({ code: 'REGISTRY_DENIED' });
      expect({ requests: world.requests(), knocks: world.knocks }).toEqual({
        requests: [ping, asked, ping, ping],
        knocks: [],
      });
    },
  );

  it.each([password, undefined])(
    'named by whom the registry redirects to is not listened to: %j',
    async (credentials) => {
      const world = await openWorld({
        [ping]: { status: 307, headers: { location: 'https://storage.test/' } },
        'GET https://storage.test/': challenge('https://storage.test/token'),
      });
      const client = world.open({ url: registry, credentials: async () => credentials });
      expect(await errorOf(client.ping())).toMatchObject({ code: 'REGISTRY_DENIED' });
      expect(world.requests()).toEqual([ping, 'GET https://storage.test/']);
    },
  );
});

const text = 'a layer of some length';
const { descriptor } = blobOf(text);
const blob = `GET ${registry}/v2/team/app/blobs/${descriptor.digest}`;
const signIn = {
  [ping]: [challenge(`${registry}/token`), {}],
  [`GET ${registry}/token?service=reg`]: token,
  [`GET ${registry}/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull`]: token,
  [`GET ${registry}/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull%2Cpush`]: token,
} as const;

/** A client that holds a token for whatever it does next. */
async function openSignedIn(replies: Readonly<Record<string, Reply | readonly Reply[]>>) {
  const world = await openWorld({ ...signIn, ...replies });
  const client = world.open({ url: registry, credentials: async () => password });
  await client.ping();
  return { world, repository: client.repository(app) };
}

describe('a redirect', () => {
  it.each([
    ['another host', 'https://storage.test/blob?X-Amz-Signature=abc'],
    ['a host below that of the registry', 'https://cdn.registry.test/blob'],
  ])('of a blob to %s takes no token there, and the bytes are verified all the same', async (_, location) => {
    const { world, repository } = await openSignedIn({
      [blob]: { status: 307, headers: { location } },
      [`GET ${location}`]: { body: text },
    });
    expect(await textOf(await repository.fetchBlob(descriptor))).toBe(text);
    expect(world.visits.at(-2)).toMatchObject({ request: blob, authorization: 'Bearer t1' });
    expect(world.visits.at(-1)).toMatchObject({ request: `GET ${location}`, authorization: undefined });
  });

  it('to another port takes no token there', async () => {
    const other = await openTranscript([{ request: 'GET /blob', with: { authorization: undefined }, answer: text }]);
    const server = await openTranscript([
      { request: 'GET /v2/', status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { request: 'GET /v2/', with: { authorization: asAnn } },
      {
        request: `GET /v2/team/app/blobs/${descriptor.digest}`,
        with: { authorization: asAnn },
        status: 302,
        headers: { location: `${other.url}/blob` },
      },
    ]);
    const client = openTestClient({ url: server.url, credentials: async () => password }, testTiming());
    await client.ping();
    expect(await textOf(await client.repository(app).fetchBlob(descriptor))).toBe(text);
  });

  it.each([
    ['plain http at the same host', 'http://registry.test/blob'],
    ['plain http elsewhere', 'http://storage.test/blob'],
    ['a private address', 'https://10.0.0.8/blob'],
    ['the address of a machine’s own credentials', 'https://169.254.169.254/latest/meta-data'],
    ['this machine in disguise', 'https://2130706433/blob'],
    ['a file', 'file:///etc/passwd'],
  ])('to %s is not followed', async (_, location) => {
    const { world, repository } = await openSignedIn({ [blob]: { status: 307, headers: { location } } });
    expect(await errorOf(repository.fetchBlob(descriptor))).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
    expect(world.requests().at(-1)).toBe(blob);
    expect(world.knocks).toEqual([]);
  });

  it('to this machine, by way of somebody else, is not followed either', async () => {
    const trap = await openTrap();
    const { world, repository } = await openSignedIn({
      [blob]: { status: 307, headers: { location: 'https://storage.test/blob' } },
      'GET https://storage.test/blob': { status: 307, headers: { location: `https://127.0.0.1:${trap.port}/` } },
    });
    expect(await errorOf(repository.fetchBlob(descriptor))).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
    expect(world.requests().at(-1)).toBe('GET https://storage.test/blob');
    expect(trap.visits()).toBe(0);
  });

  it('to a private address is followed when the configuration names it as storage, without a token', async () => {
    const storage = await openTranscript([{ request: 'GET /blob', with: { authorization: undefined }, answer: text }]);
    const world = await openWorld({
      ...signIn,
      [blob]: { status: 307, headers: { location: `${storage.url}/blob` } },
    });
    const client = world.open({ url: registry, credentials: async () => password, storage: storage.url });
    await client.ping();
    expect(await textOf(await client.repository(app).fetchBlob(descriptor))).toBe(text);
  });

  it('to a private address is not followed when the configuration names another port of it', async () => {
    const trap = await openTrap();
    const location = `http://127.0.0.1:${trap.port}/blob`;
    const world = await openWorld({ ...signIn, [blob]: { status: 307, headers: { location } } });
    const client = world.open({ url: registry, credentials: async () => password, storage: 'http://127.0.0.1:1' });
    const error = await errorOf(client.repository(app).fetchBlob(descriptor));
    expect(error).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
    expect(trap.visits()).toBe(0);
  });

  it('that leads in a circle is followed five times', async () => {
    const { world, repository } = await openSignedIn({ [blob]: { status: 307, headers: { location: blob.slice(4) } } });
    expect(await errorOf(repository.fetchBlob(descriptor))).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
    expect(world.requests().filter((request) => request === blob)).toHaveLength(6);
  });
});

describe('the location of an upload', () => {
  const begin = `POST ${registry}/v2/team/app/blobs/uploads/`;
  const commit = (location: string) => `PUT ${location}?digest=${encodeURIComponent(descriptor.digest)}`;
  const open = async () => streamOf(text);

  it('at another host gets the bytes and no token', async () => {
    const location = 'https://storage.test/upload';
    const { world, repository } = await openSignedIn({
      [begin]: { status: 202, headers: { location } },
      [commit(location)]: { status: 201 },
    });
    await repository.pushBlob(descriptor, open);
    expect(world.visits.at(-1)).toEqual({ request: commit(location), authorization: undefined, body: text });
  });

  it('at another host cannot ask us to sign in', async () => {
    const location = 'https://storage.test/upload';
    const { world, repository } = await openSignedIn({
      [begin]: { status: 202, headers: { location } },
      [commit(location)]: challenge('https://storage.test/token'),
    });
    expect(await errorOf(repository.pushBlob(descriptor, open))).toMatchObject({ code: 'REGISTRY_DENIED' });
    expect(world.requests()).not.toContain('GET https://storage.test/token?service=reg');
    expect(
      world.visits.filter(({ request }) => request.includes('storage.test')).map(({ authorization }) => authorization),
    ).toEqual(world.visits.filter(({ request }) => request.includes('storage.test')).map(() => undefined));
  });

  it.each([
    ['over plain http', 'http://registry.test/upload'],
    ['at a private address', 'https://10.0.0.8/upload'],
    ['on the link', 'https://169.254.169.254/upload'],
    ['on this machine', 'https://localhost/upload'],
  ])('%s gets nothing', async (_, location) => {
    const { world, repository } = await openSignedIn({ [begin]: { status: 202, headers: { location } } });
    expect(await errorOf(repository.pushBlob(descriptor, open))).toMatchObject({ code: 'REGISTRY_ANSWER_INVALID' });
    expect(world.requests().at(-1)).toBe(begin);
    expect(world.knocks).toEqual([]);
  });

  it('is not followed further once the bytes were sent', async () => {
    const location = `${registry}/upload`;
    const { world, repository } = await openSignedIn({
      [begin]: { status: 202, headers: { location } },
      [commit(location)]: { status: 307, headers: { location: 'https://evil.test/upload' } },
    });
    expect(await errorOf(repository.pushBlob(descriptor, open))).toMatchObject({ code: 'REGISTRY_REFUSED' });
    expect(world.requests().filter((request) => request.includes('evil.test'))).toEqual([]);
  });
});
