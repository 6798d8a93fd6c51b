/** What a hostile client may try to be somebody else. The rest of it: access.test.ts and access-file.test.ts. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import { basic, type Caller, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, image);
});

afterAll(() => registry.close());

async function statusAs(as: Caller, path = '/v2/'): Promise<number> {
  return (await registry.call({ path, as })).status;
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** A token that claims everything, signed with the secret. */
function jwt(head: object, claims: object = {}, secret = 'secret'): string {
  const all = {
    sub: 'admin',
    name: 'admin-token',
    role: 'admin',
    access: [{ type: 'repository', name: 'team/app', actions: ['*'] }],
    ...claims,
  };
  const text = `${encode(head)}.${encode(all)}`;
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
}

describe('auth: alg none, keys in the head, scopes that are tricks', () => {
  const forged: [string, string][] = [
    ['without a signature', `${encode({ alg: 'none' })}.${encode({ sub: 'admin' })}.`],
    ['without a signature, in capitals', `${encode({ alg: 'NONE' })}.${encode({ sub: 'admin' })}.`],
    ['signed with an empty secret', jwt({ alg: 'HS256', typ: 'JWT' }, {}, '')],
    ['with a key of its own', jwt({ alg: 'RS256', jwk: { kty: 'oct', k: 'c2VjcmV0' }, kid: '1' })],
    ['with a key at an address', jwt({ alg: 'RS256', jku: 'http://127.0.0.1:1/keys' })],
    ['with a certificate', jwt({ alg: 'RS256', x5c: ['MIIB'] })],
    ['with a key in a file', jwt({ alg: 'HS256', kid: '../../../../dev/null' })],
    ['for every repository', jwt({ alg: 'HS256' }, { scope: 'repository:a:pull,push repository:b:*' })],
    ['of another class of resource', jwt({ alg: 'HS256' }, { scope: 'repository(plugin):a:*' })],
  ];

  test.each(forged)('a token %s is nobody’s, as a bearer and as a password', async (title, token) => {
    expect(await statusAs({ authorization: `Bearer ${token}` })).toBe(401);
    expect(await statusAs(basic('oidc', token))).toBe(401);
    expect(await statusAs(basic('', token))).toBe(401);
    expect(await statusAs(basic(`admin ${title}`, token))).toBe(401);
  });

  test.each(['scope=repository:team/app:*', 'account=admin', 'access_token=x', 'token=x'])(
    'nobody signs in by the parameter %s',
    async (parameter) => {
      expect(await statusAs('nobody', `/v2/?${parameter}`)).toBe(401);
    },
  );

  test('a token in the address is no token', async () => {
    expect(await statusAs('nobody', `/v2/?access_token=${registry.tokens.admin}`)).toBe(401);
  });

  test.each(['x-forwarded-user', 'x-remote-user', 'remote-user', 'x-auth-request-user', 'x-original-url', 'cookie'])(
    'nobody signs in by the header %s',
    async (name) => {
      const headers = { [name]: 'admin-token' };
      expect((await registry.call({ path: '/v2/', as: 'nobody', headers })).status).toBe(401);
    },
  );

  test.each(['x-http-method-override', 'x-http-method', 'x-method-override'])(
    'a reader writes nothing by the header %s',
    async (name) => {
      const path = `/v2/team/app/manifests/${image.descriptor.digest}`;
      const reply = await registry.call({ path, as: 'viewer', headers: { [name]: 'DELETE' } });
      expect([reply.status, reply.text]).toEqual([200, Buffer.from(image.bytes).toString()]);
      expect((await registry.call({ path })).status).toBe(200);
    },
  );
});

describe('auth: what a browser sends along by itself', () => {
  const eve = JSON.stringify({ name: 'eve', password: 'correct horse', role: 'admin' });

  test.each(['https://evil.example', 'null', 'http://127.0.0.1'])(
    'a form in a page from %s changes nothing, though an administrator is signed in',
    async (origin) => {
      for (const path of ['/admin/v1/users', '/admin/v1/tokens', '/admin/v1/token-keys', '/admin/v1/collections']) {
        const headers = { origin, 'content-type': 'text/plain' };
        const reply = await registry.call({ method: 'POST', path, headers, body: eve });
        expect([path, reply.status, reply.codes]).toEqual([path, 403, ['DENIED']]);
      }
      expect(await statusAs(basic('eve', 'correct horse'))).toBe(401);
    },
  );
});

describe('auth: names', () => {
  test.each(['admin', 'service', 'oidc', 'everyone', 'root', 'token', 'admin-token', 'github'])(
    'a user or token that is called %s has its role, and nothing by its name',
    async (name) => {
      const password = `password of ${name}`;
      await registry.access.createUser({ name, password, role: 'member' });
      const { secret } = await registry.access.createToken({ name, role: 'member' }, Date.now());
      for (const as of [basic(name, password), basic(name, secret)]) {
        expect(await statusAs(as, '/v2/team/app/tags/list')).toBe(403);
        expect(await statusAs(as, '/admin/v1/users')).toBe(403);
      }
    },
  );
});

describe('auth: from before the user was removed or changed', () => {
  test('a user who is removed, or is given less, has less with the next request', async () => {
    const ada = basic('ada', 'correct horse');
    await registry.access.createUser({ name: 'ada', password: 'correct horse', role: 'admin' });
    const erase = () => registry.call({ method: 'DELETE', path: '/v2/team/app/manifests/absent', as: ada });
    expect((await erase()).status).toBe(404);
    await registry.access.createUser({ name: 'ada', password: 'correct horse', role: 'viewer', replaces: true });
    expect((await erase()).codes).toEqual(['DENIED']);
    await registry.access.removeUser('ada');
    expect((await erase()).codes).toEqual(['UNAUTHORIZED']);
    await registry.access.createUser({ name: 'ada', password: 'another horse', role: 'viewer' });
    expect((await erase()).codes).toEqual(['UNAUTHORIZED']);
  });

  test('an upload ends for whoever began it when he may push no more', async () => {
    await registry.access.createUser({ name: 'eve', password: 'correct horse', role: 'pusher' });
    const eve = basic('eve', 'correct horse');
    const begun = await registry.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/', as: eve });
    const path = begun.headers.location ?? '';
    await registry.access.createUser({ name: 'eve', password: 'correct horse', role: 'viewer', replaces: true });
    expect((await registry.call({ method: 'PATCH', path, as: eve, body: 'x' })).codes).toEqual(['DENIED']);
  });
});

describe('auth: long passwords, wrong ones, names that break lines', () => {
  test('a header of a megabyte is refused', async () => {
    const connection = openRawConnection(registry.port);
    const { authorization } = basic('ada', 'x'.repeat(1024 * 1024));
    connection.write(`GET /v2/ HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
    expect(await connection.closed()).toMatch(/^$|^HTTP\/1\.1 431 /);
  });

  test('passwords that agree in their first 72 bytes, or to a NUL, are not the same', async () => {
    await registry.access.createUser({ name: 'long', password: `${'x'.repeat(72)}one`, role: 'viewer' });
    expect(await statusAs(basic('long', `${'x'.repeat(72)}one`))).toBe(200);
    expect(await statusAs(basic('long', `${'x'.repeat(72)}two`))).toBe(401);
    expect(await statusAs(basic('long', 'x'.repeat(72)))).toBe(401);
    expect(await statusAs(basic('long', `${'x'.repeat(72)}one\0more`))).toBe(401);
  });

  test('a wrong password, an unknown user and a bad token are answered with the same words', async () => {
    await registry.access.createUser({ name: 'known', password: 'correct horse', role: 'viewer' });
    const callers = [
      basic('known', 'wrong horse'),
      basic('unknown', 'wrong horse'),
      basic('known', ''),
      basic('x', `rat_000000000000_${'A'.repeat(43)}`),
      { authorization: 'Bearer x' },
    ];
    const answers = new Set<string>();
    for (const as of callers) {
      const { status, text, headers } = await registry.call({ path: '/v2/', as });
      answers.add(JSON.stringify([status, text, headers['www-authenticate'], Object.keys(headers).sort()]));
    }
    expect(answers.size).toBe(1);
  });

  test.each([
    'known\r\nevil: yes',
    'known\nevil',
    'known\0',
    'known ',
    ' known',
    'KNOWN',
    '\u001b[31mknown',
    'known:x',
  ])('the name %j is nobody’s, and is in no event', async (name) => {
    await registry.access.createUser({ name: 'known', password: 'correct horse', role: 'viewer', replaces: true });
    const before = registry.events.length;
    expect(await statusAs(basic(name, 'correct horse'))).toBe(401);
    expect(registry.events.at(-1)).toMatchObject({ kind: 'answered', status: 401, actor: undefined });
    expect(JSON.stringify(registry.events.slice(before))).not.toMatch(/evil|\\u001b|KNOWN/);
  });

  test('two Authorization headers make nobody more than the first of them', async () => {
    const connection = openRawConnection(registry.port);
    const [viewer, admin] = [basic('x', registry.tokens.viewer), basic('x', registry.tokens.admin)];
    connection.write(
      `DELETE /v2/team/app/manifests/absent HTTP/1.1\r\nHost: x\r\nAuthorization: ${viewer.authorization}\r\n` +
        `Authorization: ${admin.authorization}\r\n\r\n`,
    );
    expect(await connection.until(/errors/)).toMatch(/^HTTP\/1\.1 40[013] /);
    connection.socket.destroy();
  });
});
