/** Who may do what, over the wire. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../../core/access.ts';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import {
  absentDigest,
  basic,
  blobOf,
  type Call,
  type Caller,
  openRegistryUnderTest,
  type RegistryUnderTest,
} from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const blob = blobOf('protected');

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.access.createUser({ name: 'ada', password: 'correct horse', role: 'pusher' });
  await registry.push('team/app', config, manifest, blob);
});

afterAll(() => registry.close());

async function statusOf(call: Call): Promise<number> {
  return (await registry.call(call)).status;
}

const manifestPath = `/v2/team/app/manifests/${manifest.descriptor.digest}`;
const pushing: Call[] = [
  { method: 'POST', path: '/v2/team/app/blobs/uploads/' },
  { method: 'POST', path: `/v2/team/app/blobs/uploads/?digest=${blob.descriptor.digest}`, body: 'protected' },
  { method: 'POST', path: `/v2/team/app/blobs/uploads/?mount=${blob.descriptor.digest}&from=team/app` },
  { method: 'PUT', path: manifestPath, headers: { 'content-type': mediaTypes.ociManifest }, body: manifest.bytes },
];
const pulling: Call[] = [
  { path: '/v2/' },
  { path: '/v2' },
  { path: '/v2/_catalog' },
  { path: manifestPath },
  { method: 'HEAD', path: manifestPath },
  { path: `/v2/team/app/blobs/${blob.descriptor.digest}` },
  { path: '/v2/team/app/tags/list' },
  { path: `/v2/team/app/referrers/${absentDigest}` },
];
const deleting: Call[] = [
  { method: 'DELETE', path: `/v2/team/app/manifests/${absentDigest}` },
  { method: 'DELETE', path: `/v2/team/app/blobs/${absentDigest}` },
  { method: 'DELETE', path: '/v2/team/app/manifests/absent' },
];

describe('who is not signed in', () => {
  const malformed: Call[] = [
    { path: '/v2/..%2f' },
    { path: '/v2/UPPER/tags/list' },
    { path: '/v2/nothing' },
    { method: 'OPTIONS', path: '/v2/' },
  ];

  test.each([...pulling, ...pushing, ...deleting, ...malformed])('is asked to sign in: $method $path', async (call) => {
    const reply = await registry.call({ ...call, as: 'nobody' });
    expect([reply.status, reply.headers['www-authenticate']]).toEqual([401, 'Basic realm="registry-action"']);
    if (call.method !== 'HEAD') expect(reply.codes).toEqual(['UNAUTHORIZED']);
  });

  const wrong: [string, () => Caller][] = [
    ['a wrong password', () => basic('ada', 'wrong horse')],
    ['an unknown user', () => basic('eve', 'correct horse')],
    ['no password', () => basic('ada', '')],
    ['no colon', () => ({ authorization: `Basic ${Buffer.from('ada').toString('base64')}` })],
    ['a token nobody has', () => basic('ada', `rat_000000000000_${'A'.repeat(43)}`)],
    [
      'the id of a token with another secret',
      () => basic('ada', `${registry.tokens.admin.slice(0, -43)}${'A'.repeat(43)}`),
    ],
    ['a password as a bearer token', () => ({ authorization: 'Bearer correct' })],
    ['another scheme', () => ({ authorization: 'Digest username="ada"' })],
    ['an unsigned token', () => ({ authorization: 'Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.' })],
    ['nonsense', () => ({ authorization: 'Basic %%%' })],
    ['a very long password', () => basic('ada', 'x'.repeat(10_000))],
  ];

  test.each(wrong)('is refused with %s', async (_, caller) => {
    const reply = await registry.call({ path: '/v2/', as: caller() });
    expect([reply.status, reply.codes]).toEqual([401, ['UNAUTHORIZED']]);
  });

  test('is told to sign in, or that it was done wrongly', async () => {
    const textFor = async (as: Caller) => (await registry.call({ path: '/v2/', as })).text;
    expect(await textFor(basic('ada', 'wrong horse'))).toContain('wrong user name or password');
    expect(await textFor('nobody')).toContain('sign in with a user name and password');
  });

  test('is answered before a byte of the body is read', async () => {
    const connection = openRawConnection(registry.port);
    connection.write('POST /v2/team/app/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n');
    expect(await connection.until(/UNAUTHORIZED/)).toMatch(/^HTTP\/1\.1 401 /);
    connection.socket.destroy();
  });

  test('is not asked for the body', async () => {
    const connection = openRawConnection(registry.port);
    connection.write(
      'POST /v2/team/app/blobs/uploads/ HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n',
    );
    const received = await connection.closed();
    expect(received).toMatch(/^HTTP\/1\.1 401 /);
    expect(received).toMatch(/connection: close/i);
  });
});

describe('who is signed in', () => {
  const callers: [string, () => Caller][] = [
    ['a user with a password', () => basic('ada', 'correct horse')],
    ['any user name with a token', () => basic('whoever', registry.tokens.pusher)],
    ['no user name with a token', () => basic('', registry.tokens.pusher)],
    ['a bearer token', () => ({ authorization: `Bearer ${registry.tokens.pusher}` })],
  ];

  test.each(callers)('may be %s', async (_, caller) => {
    expect(await statusOf({ path: '/v2/', as: caller() })).toBe(200);
  });

  const rights: [Role, readonly Call[], readonly Call[]][] = [
    ['viewer', pulling, [...pushing, ...deleting]],
    ['pusher', [...pulling, ...pushing], deleting],
    ['operator', [...pulling, ...pushing], deleting],
    ['admin', [...pulling, ...pushing, ...deleting], []],
  ];

  test.each(rights)('as %s may do this and no more', async (role, allowed, refused) => {
    for (const call of allowed)
      expect([call.path, await statusOf({ ...call, as: role })]).not.toEqual([call.path, 403]);
    for (const call of refused) {
      const reply = await registry.call({ ...call, as: role });
      expect([call.path, reply.status, reply.codes]).toEqual([call.path, 403, ['DENIED']]);
    }
  });

  test('is told to go on before sending a body', async () => {
    const connection = openRawConnection(registry.port);
    const { authorization } = basic('ci', registry.tokens.pusher);
    connection.write(
      `POST /v2/team/app/blobs/uploads/?digest=${blobOf('later').descriptor.digest} HTTP/1.1\r\nHost: x\r\n` +
        `Authorization: ${authorization}\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`,
    );
    await connection.until(/^HTTP\/1\.1 100 Continue\r\n\r\n/);
    connection.write('later');
    await connection.until(/HTTP\/1\.1 201 Created/);
    connection.socket.destroy();
  });

  test('loses access when the token is revoked', async () => {
    const { id, secret } = await registry.access.createToken({ name: 'short', role: 'viewer' }, Date.now());
    expect(await statusOf({ path: '/v2/', as: basic('x', secret) })).toBe(200);
    await registry.access.revokeToken(id);
    expect(await statusOf({ path: '/v2/', as: basic('x', secret) })).toBe(401);
  });

  test('is named in the events, and no secret is', async () => {
    await registry.call({ path: '/v2/?token=secret', as: 'pusher' });
    expect(registry.events).toContainEqual({
      kind: 'answered',
      method: 'GET',
      path: '/v2/',
      status: 200,
      whole: true,
      actor: 'pusher-token',
      remoteAddress: '127.0.0.1',
      forwardedFor: undefined,
      why: undefined,
      durationMs: expect.any(Number),
    });
    expect(JSON.stringify(registry.events)).not.toMatch(/rat_|correct horse|token=/);
  });
});
