/** Requests that expect something of the registry, that write into its log, or that ask where something lies. */
import { mkdir, rename, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { diskLayout } from '../../registry/disk/disk-layout.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import { absentDigest, basic, blobOf, openRegistryUnderTest, type RegistryUnderTest } from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, image);
});

afterAll(() => registry.close());

/** The head of a request with these lines, as somebody of the role. */
function head(request: string, as: 'admin' | 'viewer', ...lines: readonly string[]): string {
  const { authorization } = basic('x', registry.tokens[as]);
  return [`${request} HTTP/1.1`, 'Host: x', `Authorization: ${authorization}`, ...lines, '', ''].join('\r\n');
}

/** What comes back, to the end of the connection, of a request whose body is never sent. */
async function answerTo(text: string): Promise<string> {
  const connection = openRawConnection(registry.port);
  connection.write(text);
  const answer = await connection.closed();
  connection.socket.destroy();
  return answer;
}

describe('Expect: a body that is announced and not yet sent', () => {
  const waits = ['Expect: 100-continue', 'Content-Length: 5'];

  test.each([
    ['may not push', 'POST /v2/team/app/blobs/uploads/', 'viewer', 403],
    ['names no upload', 'PATCH /v2/team/app/blobs/uploads/absent', 'admin', 404],
    ['names no resource', 'PUT /v2/team/app/what/ever', 'admin', 404],
    ['knows no method of it', 'PUT /v2/team/app/tags/list', 'admin', 405],
    ['is for no repository', 'PUT /v2/Team/manifests/latest', 'admin', 400],
  ] as const)('that %s is not asked for', async (_, request, as, status) => {
    const answer = await answerTo(head(request, as, ...waits, `Content-Type: ${mediaTypes.ociManifest}`));
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toContain('\r\nconnection: close\r\n');
  });

  test('is asked for once, by whoever wants it', async () => {
    const connection = openRawConnection(registry.port);
    const request = `POST /v2/team/app/blobs/uploads/?digest=${blobOf('hello').descriptor.digest}`;
    connection.write(head(request, 'admin', ...waits, 'Connection: close'));
    expect(await connection.until(/100 Continue\r\n\r\n/)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\n$/);
    connection.write('hello');
    expect((await connection.closed()).match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 100', 'HTTP/1.1 201']);
  });

  test('that expects something else is refused, and its body is no request', async () => {
    const smuggled = head('DELETE /v2/team/app/manifests/latest', 'admin');
    const answer = await answerTo(
      head('GET /v2/', 'admin', 'Expect: a-miracle', `Content-Length: ${smuggled.length}`, 'Connection: close') +
        smuggled,
    );
    expect(answer.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 417']);
  });
});

describe('logs: what a request says of itself', () => {
  test.each([
    ['a line’s end in a name', '/v2/a%0d%0a{"kind":"failed"}/manifests/latest'],
    ['a line’s end in a tag', '/v2/team/app/manifests/x%0aadmin%20signed%20in'],
    ['a terminal’s commands', '/v2/team/app/manifests/%1b[2J%1b]0;owned%07'],
    ['a direction that is turned round', '/v2/%e2%80%aeppa/manifests/latest'],
  ])('%s reaches no event but as it was sent', async (_, path) => {
    await registry.call({ path });
    const answered = registry.events.filter((event) => event.kind === 'answered').at(-1);
    expect(answered).toMatchObject({ path });
  });

  test.each(['\u0000', '\u0007', '\u001b[31m', '\u0085', '\u202e', '\n'])(
    'a raw %j in the request line is in no event',
    async (text) => {
      await answerTo(head(`GET /v2/a${text}b/manifests/latest`, 'admin', 'Connection: close'));
      const printable = (event: object) => !/\p{Cc}/u.test(Object.values(event).join(' '));
      expect(registry.events.filter((event) => !printable(event))).toEqual([]);
    },
  );
});

describe('cross-repo: what lies in another repository', () => {
  test('is not looked at, so that neither the answer nor the time it takes tells whether it is there', async () => {
    const elsewhere = await openRegistryUnderTest();
    const secret = blobOf('only in the other repository');
    await elsewhere.push('secret/app', secret);
    await elsewhere.push('team/app', blobOf('something'));
    // Whoever looks at the content itself meets a link that leads round in a circle.
    const content = dirname(diskLayout(join(elsewhere.directory, 'registry')).contentOf(secret.descriptor.digest));
    await rename(content, `${content}-aside`);
    await mkdir(dirname(content), { recursive: true });
    await symlink(content, content);
    const ask = async (method: string, path: string) => {
      const { status, codes } = await elsewhere.call({ method, path });
      return [status, codes];
    };
    expect((await ask('GET', `/v2/secret/app/blobs/${secret.descriptor.digest}`))[0]).toBeGreaterThanOrEqual(400);
    const failed = elsewhere.events.filter(({ kind }) => kind === 'failed').length;
    for (const digest of [secret.descriptor.digest, absentDigest]) {
      expect(await ask('GET', `/v2/team/app/blobs/${digest}`)).toEqual([404, ['BLOB_UNKNOWN']]);
      expect(await ask('HEAD', `/v2/team/app/blobs/${digest}`)).toEqual([404, []]);
      expect(await ask('DELETE', `/v2/team/app/blobs/${digest}`)).toEqual([404, ['BLOB_UNKNOWN']]);
      expect(await ask('POST', `/v2/team/app/blobs/uploads/?mount=${digest}&from=nowhere/app`)).toEqual([202, []]);
    }
    expect(elsewhere.events.filter(({ kind }) => kind === 'failed').length).toBe(failed);
    await elsewhere.close();
  });
});

describe('connections: more than there is room for', () => {
  test('are closed before a word is said, until others are gone', async () => {
    const narrow = await openRegistryUnderTest({ limits: { connectionsMax: 2 } });
    async function askOnce(): Promise<string> {
      const connection = openRawConnection(narrow.port);
      connection.write('GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
      return (await connection.closed()).slice(0, 12);
    }
    const resting = [openRawConnection(narrow.port), openRawConnection(narrow.port)];
    for (const connection of resting) {
      connection.write('GET /livez HTTP/1.1\r\nHost: x\r\n\r\n');
      await connection.until(/"ok"/);
    }
    expect(await askOnce()).toBe('');
    resting[0]?.socket.destroy();
    await expect.poll(askOnce).toBe('HTTP/1.1 200');
    await narrow.close();
  });
});
