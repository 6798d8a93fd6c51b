/** What a hostile client may try with paths, connections and half-sent requests. */
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import { openRawConnection, type RawConnection } from './raw-connection.ts';
import { absentDigest, basic, blobOf, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

/** Waits for everybody as long as registries do: a test on a busy machine is slow itself. */
let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', blobOf('here'));
});

afterAll(() => registry.close());

/** Head of a request by an administrator, open for more headers. */
function head(line: string, { tokens }: RegistryUnderTest): string {
  return `${line}\r\nHost: x\r\nAuthorization: ${basic('x', tokens.admin).authorization}\r\n`;
}

/** Status and codes of what came over a raw connection. */
function statusIn(received: string): string {
  return /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1] ?? received;
}

describe('a path', () => {
  const { digest } = blobOf('here').descriptor;
  const refused: [string, number, string][] = [
    ['/v2/team%2Fapp/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team%2fapp/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team%5Capp/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team\\app/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/app%00/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/app%0A/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/app%252Fx/tags/list', 400, 'NAME_INVALID'],
    ['/v2/../team/app/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/../app/tags/list', 400, 'NAME_INVALID'],
    ['/v2/%2e%2e/%2e%2e/etc/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/./app/tags/list', 400, 'NAME_INVALID'],
    ['/v2//team/app/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team//app/tags/list', 400, 'NAME_INVALID'],
    ['/v2/Team/app/tags/list', 400, 'NAME_INVALID'],
    ['/v2/_uploads/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/_manifests/tags/list', 400, 'NAME_INVALID'],
    ['/v2/-team/tags/list', 400, 'NAME_INVALID'],
    ['/v2/te%C3%A4m/tags/list', 400, 'NAME_INVALID'],
    [`/v2/${'a'.repeat(256)}/tags/list`, 400, 'NAME_INVALID'],
    [`/v2/${'a/'.repeat(129)}tags/list`, 400, 'NAME_INVALID'],
    ['/v2/tags/list', 400, 'NAME_INVALID'],
    ['/v2/team/app', 404, 'UNSUPPORTED'],
    ['/v2/team/app/tags', 404, 'UNSUPPORTED'],
    ['/v2/team/app/tags/list/', 404, 'UNSUPPORTED'],
    ['/v2/_oci/ext/discover', 404, 'UNSUPPORTED'],
    ['/v2/%zz', 400, 'NAME_INVALID'],
    ['/', 404, 'UNSUPPORTED'],
    ['/v1/team/app/tags/list', 404, 'UNSUPPORTED'],
    ['//v2/team/app/tags/list', 404, 'UNSUPPORTED'],
    ['http://example.com/v2/', 404, 'UNSUPPORTED'],
    [`/v2/team/app/blobs/${digest.toUpperCase()}`, 400, 'DIGEST_INVALID'],
    [`/v2/team/app/blobs/${digest.slice(0, -1)}`, 400, 'DIGEST_INVALID'],
    [`/v2/team/app/blobs/${digest}0`, 400, 'DIGEST_INVALID'],
    [`/v2/team/app/blobs/${digest}%0A`, 400, 'NAME_INVALID'],
    ['/v2/team/app/blobs/sha256:..%2F..%2Fx', 400, 'NAME_INVALID'],
    [`/v2/team/app/blobs/md5:${'0'.repeat(32)}`, 400, 'DIGEST_INVALID'],
    [`/v2/team/app/blobs/${digest.replace('256', '512')}`, 400, 'DIGEST_INVALID'],
    ['/v2/team/app/manifests/sha256:short', 400, 'DIGEST_INVALID'],
  ];

  test.each(refused)('%s is answered with %i %s', async (path, status, code) => {
    const reply = await registry.call({ path });
    expect([reply.status, reply.codes]).toEqual([status, [code]]);
  });

  test('is never repeated in a header', async () => {
    const reply = await registry.call({
      path: '/v2/team/app/blobs/uploads/',
      method: 'POST',
      headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    });
    expect(JSON.stringify(reply.headers)).not.toContain('evil');
  });
});

describe('a connection', () => {
  let hasty: RegistryUnderTest;

  beforeAll(async () => {
    hasty = await openRegistryUnderTest({ limits: { headersMs: 400 } });
  });

  afterAll(() => hasty.close());

  test('whose headers trickle is closed', async () => {
    const connection = openRawConnection(hasty.port);
    connection.write('GET /v2/ HTTP/1.1\r\nHost: x\r\nX-Slow: ');
    const trickle = setInterval(() => connection.write('x'), 50);
    const received = await connection.closed();
    clearInterval(trickle);
    expect(statusIn(received)).toBe('408');
  });

  test('that says nothing is closed', async () => {
    expect(await openRawConnection(hasty.port).closed()).toMatch(/^$|^HTTP\/1\.1 408/);
  });

  test.each([
    ['two ways to end', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a negative length', 'Content-Length: -1\r\n\r\n'],
    ['headers without end', `X-Long: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('whose request has %s is refused', async (_, rest) => {
    const connection = openRawConnection(registry.port);
    connection.write(head('POST /v2/team/app/blobs/uploads/ HTTP/1.1', registry) + rest);
    expect(statusIn(await connection.closed())).toMatch(/^4(00|31)$/);
  });
});

describe('an upload that stands still', () => {
  async function startUpload(on: RegistryUnderTest): Promise<{ location: string; connection: RawConnection }> {
    const { headers } = await on.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    const location = headers.location ?? '';
    const connection = openRawConnection(on.port);
    connection.write(`${head(`PATCH ${location} HTTP/1.1`, on)}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`);
    return { location, connection };
  }

  test('loses its connection, and goes on with another', async () => {
    const hasty = await openRegistryUnderTest({ limits: { uploadIdleMs: 2_000 } });
    const { location, connection } = await startUpload(hasty);
    expect(await connection.closed()).toBe('');
    const progress = await hasty.call({ path: location });
    expect([progress.status, progress.headers.range]).toEqual([204, '0-4']);
    const path = `${location}?digest=${blobOf('hello world').descriptor.digest}`;
    const headers = { 'content-range': '5-10' };
    expect((await hasty.call({ method: 'PUT', path, body: ' world', headers })).status).toBe(201);
    await hasty.close();
  });

  test('is nobody else’s meanwhile', async () => {
    const { location, connection } = await startUpload(registry);
    await expect.poll(async () => (await registry.call({ path: location })).headers.range).toBe('0-4');
    for (const [method, query] of [
      ['PATCH', ''],
      ['PUT', `?digest=${absentDigest}`],
      ['DELETE', ''],
    ]) {
      const reply = await registry.call({ method: `${method}`, path: `${location}${query}` });
      expect([reply.status, reply.codes]).toEqual([409, ['BLOB_UPLOAD_INVALID']]);
    }
    connection.socket.destroy();
  });

  test('is thrown away in the end', async () => {
    const forgetful = await openRegistryUnderTest({ limits: { sessionIdleMs: 50 } });
    const temporary = join(forgetful.directory, 'registry', 'temporary');
    const { headers } = await forgetful.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    await expect.poll(() => readdir(temporary)).toEqual([]);
    expect((await forgetful.call({ path: headers.location ?? '' })).codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    await forgetful.close();
  });
});

describe('a registry that closes', () => {
  test('waits for nobody who has asked for nothing', async () => {
    const patient = await openRegistryUnderTest({ limits: { closeGraceMs: 3_600_000 } });
    const [silent, resting] = [openRawConnection(patient.port), openRawConnection(patient.port)];
    resting.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
    await resting.until(/"ok"/);
    await patient.close();
    expect([await silent.closed(), statusIn(await resting.closed())]).toEqual(['', '200']);
  });
});

describe('a download', () => {
  const large = contentOf(mediaTypes.ociLayer, Buffer.alloc(48 * 1024 * 1024, 'large'));
  const { digest } = large.descriptor;

  /** A client that has read the beginning of the blob and takes no more. */
  async function startDownload({ port, tokens }: RegistryUnderTest): Promise<RawConnection> {
    const connection = openRawConnection(port);
    const { authorization } = basic('x', tokens.viewer);
    connection.write(`GET /v2/team/app/blobs/${digest} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`);
    await connection.until(/\r\n\r\n/);
    connection.socket.pause();
    return connection;
  }

  test('that stands still is closed', async () => {
    const impatient = await openRegistryUnderTest({ limits: { downloadIdleMs: 200 } });
    await impatient.push('team/app', large);
    const connection = await startDownload(impatient);
    const answered = () => impatient.events.find((event) => event.kind === 'answered' && event.path.includes(digest));
    await expect.poll(answered, { timeout: 10_000 }).toMatchObject({ whole: false });
    connection.socket.destroy();
    await impatient.close();
  });

  test('of manifests of which nothing is taken is closed', async () => {
    const impatient = await openRegistryUnderTest({ limits: { downloadIdleMs: 200 } });
    const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
    const annotations = { large: 'x'.repeat(4_000_000) };
    const manifest = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], annotations });
    await impatient.push('team/app', config, manifest);
    const connection = openRawConnection(impatient.port);
    connection.socket.pause();
    const { authorization } = basic('x', impatient.tokens.viewer);
    const path = `/v2/team/app/manifests/${manifest.descriptor.digest}`;
    // More of them than the system keeps for a client.
    const asked = `GET ${path} HTTP/1.1\r\nHost: x\r\nAuthorization: ${authorization}\r\n\r\n`;
    for (let times = 0; times < 8; times += 1) connection.write(asked);
    const pulled = () => impatient.events.filter(({ kind }) => kind === 'manifest-pulled').length;
    await expect.poll(pulled).toBeGreaterThan(0);
    const connections = async () => /_connections (\d+)/.exec((await impatient.call({ path: '/metrics' })).text)?.[1];
    await expect.poll(connections, { timeout: 10_000 }).toBe('1');
    connection.socket.destroy();
    await impatient.close();
  });

  test('whose file ends early is cut off, not ended', async () => {
    await registry.push('team/app', large);
    const connection = await startDownload(registry);
    const [, hex = ''] = digest.split(':');
    const path = join(registry.directory, 'registry', 'content', 'sha256', hex.slice(0, 2), hex);
    await truncate(path, large.bytes.length / 2);
    connection.socket.resume();
    expect((await connection.closed()).length).toBeLessThan(large.bytes.length);
  });

  test('of a file that is too short is refused, and reported', async () => {
    const reply = await registry.call({ path: `/v2/team/app/blobs/${digest}` });
    expect([reply.status, reply.codes]).toEqual([404, ['BLOB_UNKNOWN']]);
    expect(registry.events).toContainEqual(expect.objectContaining({ kind: 'record-unreadable' }));
  });
});
