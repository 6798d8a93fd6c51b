/** What a hostile client may try with names, digests, tags and the request line itself. The rest of it: hostile.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { contentOf, indexOf, manifestOf } from '../oci/content.ts';
import { openRawConnection } from './raw-connection.ts';
import {
  absentDigest,
  basic,
  blobOf,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
} from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const signature = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [], forged: true });

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, image, signature, blobOf('here'));
});

afterAll(() => registry.close());

/** Status of the answer to exactly these bytes. */
async function statusOfRaw(bytes: string): Promise<string | undefined> {
  const connection = openRawConnection(registry.port);
  connection.write(Buffer.from(bytes, 'latin1'));
  const received = await connection.until(/\r\n\r\n/);
  connection.socket.destroy();
  return /^HTTP\/1\.1 (\d{3})/.exec(received)?.[1];
}

function head(line: string): string {
  return `${line}\r\nHost: x\r\nAuthorization: ${basic('x', registry.tokens.admin).authorization}\r\n`;
}

describe('names: unicode look-alikes, the longest, the word of a route', () => {
  test.each([
    ['a Cyrillic letter', 'te%D0%B0m/app'],
    ['a full-width slash', 'team%EF%BC%8Fapp'],
    ['a full-width stop', 'team/%EF%BC%8E%EF%BC%8E/app'],
    ['an invisible space', 'team%E2%80%8B/app'],
    ['a carriage return', 'team/app%0D'],
    ['a tab', 'team%09app'],
  ])('%s is no part of one', async (_, name) => {
    const reply = await registry.call({ method: 'POST', path: `/v2/${name}/blobs/uploads/` });
    expect([reply.status, reply.codes]).toEqual([400, ['NAME_INVALID']]);
  });

  test('what is no UTF-8 at all is refused before it is looked at', async () => {
    const reply = await registry.call({ path: '/v2/team%C0%AFapp/tags/list' });
    expect([reply.status, reply.codes]).toEqual([400, ['NAME_INVALID']]);
  });

  test('bytes beyond ASCII that are not escaped are no part of one', async () => {
    expect(await statusOfRaw(`${head('GET /v2/te\xe4m/app/tags/list HTTP/1.1')}\r\n`)).toBe('400');
  });

  test('255 characters are one, and every one of them counts', async () => {
    const longest = `${'a'.repeat(127)}/${'b'.repeat(127)}`;
    await registry.push(longest, config, image);
    expect((await registry.call({ path: `/v2/${longest}/tags/list` })).status).toBe(200);
    expect((await registry.call({ path: `/v2/${longest}b/tags/list` })).codes).toEqual(['NAME_INVALID']);
  });

  test.each(['a/tags/list', 'a/manifests/x', 'a/blobs/uploads', 'a/referrers', 'manifests', 'uploads/blobs'])(
    'the last word of a route counts in %s',
    async (name) => {
      await registry.push(name, config, image);
      const reply = await registry.call({ path: `/v2/${name}/manifests/${image.descriptor.digest}` });
      expect([reply.status, reply.text]).toEqual([200, Buffer.from(image.bytes).toString()]);
      const tags = await registry.call({ path: `/v2/${name}/tags/list` });
      expect(jsonOf(tags)).toEqual({ name, tags: [] });
    },
  );
});

describe('digests: other algorithms, other letters, other lengths, paths', () => {
  const { digest } = blobOf('here').descriptor;
  const hex = digest.slice('sha256:'.length);
  test.each([
    ['sha1', `sha1:${'0'.repeat(40)}`],
    ['sha384', `sha384:${'0'.repeat(96)}`],
    ['blake3', `blake3:${hex}`],
    ['several algorithms', `sha256+sha512:${hex}`],
    ['its digits twice under sha512', `sha512:${hex}${hex}0`],
    ['letters beyond f', `sha256:${hex.slice(0, -1)}g`],
    ['an upper-case name', `SHA256:${hex}`],
    ['no digits', 'sha256:'],
    ['another digest behind it', `${digest}:${hex}`],
  ])('%s names nothing, anywhere', async (_, wrong) => {
    for (const path of [`blobs/${wrong}`, `manifests/${wrong}`, `referrers/${wrong}`]) {
      const reply = await registry.call({ path: `/v2/team/app/${path}` });
      expect([path, reply.status, reply.codes]).toEqual([path, 400, ['DIGEST_INVALID']]);
    }
  });

  test('that of sha512 is not found by the digits of sha256, though both lie side by side', async () => {
    const long = blobOf('here', 'sha512');
    await registry.push('team/app', long);
    const digits = long.descriptor.digest.slice('sha512:'.length);
    for (const path of [`sha256:${digits.slice(0, 64)}`, `sha256:${digits.slice(64)}`]) {
      expect((await registry.call({ path: `/v2/team/app/blobs/${path}` })).status).toBe(404);
    }
  });
});

describe('tags: 129 characters, a leading dot, the look of a digest', () => {
  test.each(['sha256:latest', 'sha512:latest', ':latest', 'a:b'])('%s is no tag', async (tag) => {
    const headers = { 'content-type': mediaTypes.ociManifest };
    const reply = await registry.call({
      method: 'PUT',
      path: `/v2/team/app/manifests/${tag}`,
      headers,
      body: image.bytes,
    });
    expect([reply.status, reply.codes]).toEqual([400, ['DIGEST_INVALID']]);
  });

  test('128 characters are one', async () => {
    const tag = `a${'B'.repeat(127)}`;
    await registry.tag('team/app', tag, image);
    expect((await registry.call({ path: `/v2/team/app/manifests/${tag}` })).status).toBe(200);
  });

  test('the form of a fallback tag makes nothing a referrer that says no subject itself', async () => {
    const { digest } = image.descriptor;
    await registry.tag('team/app', digest.replace(':', '-'), indexOf([signature.descriptor]));
    const reply = await registry.call({ path: `/v2/team/app/referrers/${digest}` });
    expect(jsonOf(reply)).toMatchObject({ manifests: [] });
  });

  test('one that is the digits of a digest is a tag and no digest', async () => {
    const digits = image.descriptor.digest.slice('sha256:'.length);
    await registry.tag('team/app', digits, signature);
    const byTag = await registry.call({ method: 'HEAD', path: `/v2/team/app/manifests/${digits}` });
    expect(byTag.headers['docker-content-digest']).toBe(signature.descriptor.digest);
  });
});

describe('the request: forged hosts, absolute targets, two ways to end', () => {
  test('no forged host is in a location, a challenge or a link', async () => {
    const headers = {
      host: 'evil.test',
      'x-forwarded-host': 'evil.test',
      'x-forwarded-proto': 'gopher',
      forwarded: 'host=evil.test',
    };
    await registry.tag('team/app', 'one', image);
    const replies = [
      await registry.call({ path: '/v2/', headers, as: 'nobody' }),
      await registry.call({ path: '/v2/team/app/tags/list?n=1', headers }),
      await registry.call({ path: '/v2/_catalog?n=1', headers }),
      await registry.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/', headers }),
    ];
    expect(replies.map(({ status }) => status)).toEqual([401, 200, 200, 202]);
    for (const { headers: answered, text } of replies) {
      expect(`${JSON.stringify(answered)}${text}`).not.toMatch(/evil|gopher/);
      expect(answered.location ?? '/').toMatch(/^\//);
    }
  });

  test.each(['http://evil.test/v2/', 'http://evil.test@x/v2/', 'x:80', '*'])(
    'the target %s is no resource of ours',
    async (target) => {
      expect(await statusOfRaw(`${head(`GET ${target} HTTP/1.1`)}\r\n`)).toMatch(/^40[04]$/);
    },
  );

  test.each([
    ['an encoding that is none', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['chunks that are not the last encoding', 'Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
    ['a space before the colon', 'Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n'],
    ['a length with a sign', 'Content-Length: +5\r\n\r\nhello'],
    ['a folded header', 'X-Folded: a\r\n b\r\nContent-Length : 3\r\n\r\nabc'],
    ['a chunk without a size', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n'],
  ])('%s is refused, and nothing behind it is served', async (_, rest) => {
    const connection = openRawConnection(registry.port);
    const smuggled = `GET /v2/team/app/blobs/${absentDigest} HTTP/1.1\r\nHost: x\r\n\r\n`;
    connection.write(head('POST /v2/team/app/blobs/uploads/?digest-algorithm=sha256 HTTP/1.1') + rest + smuggled);
    const received = await connection.closed();
    expect(received).not.toMatch(/BLOB_UNKNOWN|UNAUTHORIZED/);
    expect(received.match(/HTTP\/1\.1 400/g)?.length).toBe(1);
  });
});
