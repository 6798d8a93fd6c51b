/** What a hostile client may try when it reads, and with what others will read. The rest of it: blobs.test.ts and tags.test.ts. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { contentOf, manifestOf } from '../oci/content.ts';
import {
  absentDigest,
  blobOf,
  type Call,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
} from './registry-under-test.ts';

const config = contentOf(mediaTypes.ociConfig, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: config.descriptor, layers: [] });
const page = blobOf('<html><script>alert(document.domain)</script></html>');

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', config, image, page);
});

afterAll(() => registry.close());

describe('content sniffing: a page as a blob, a script in a path', () => {
  test.each(['text/html', 'image/svg+xml', '*/*'])('a page is bytes to whoever accepts %s', async (accept) => {
    const path = `/v2/team/app/blobs/${page.descriptor.digest}`;
    const reply = await registry.call({ path, headers: { accept, 'content-type': 'text/html' } });
    expect(reply.text).toBe(Buffer.from(page.bytes).toString());
    expect(reply.headers['content-type']).toBe('application/octet-stream');
  });

  const answers: [string, Call][] = [
    ['a blob', { path: `/v2/team/app/blobs/${page.descriptor.digest}` }],
    ['a part of a blob', { path: `/v2/team/app/blobs/${page.descriptor.digest}`, headers: { range: 'bytes=0-5' } }],
    ['a manifest', { path: `/v2/team/app/manifests/${image.descriptor.digest}` }],
    ['an absent tag', { path: '/v2/team/app/manifests/absent' }],
    ['a script in a name', { path: '/v2/<script>alert(1)<script>/tags/list' }],
    ['a script in a digest', { path: '/v2/team/app/blobs/sha256:<script>alert(1)<script>' }],
    ['a script in a parameter', { path: '/v2/team/app/tags/list?n=<script>' }],
    ['a list', { path: '/v2/_catalog' }],
    ['nothing', { path: '/' }],
    ['a caller who is nobody', { path: '/v2/', as: 'nobody' }],
    ['a method that is not known', { method: 'PATCH', path: '/v2/' }],
  ];

  test.each(answers)('the answer to %s is guessed at and run by no browser', async (_, call) => {
    const { headers } = await registry.call(call);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'",
    });
    expect(headers['content-type']).not.toMatch(/html|script|svg/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['set-cookie']).toBeUndefined();
  });
});

describe('ranges: several, overlapping, beyond what can be counted', () => {
  const path = `/v2/team/app/blobs/${page.descriptor.digest}`;
  test.each([
    'bytes=0-1,0-1',
    'bytes=0-,0-,0-',
    'bytes= 0-1',
    'bytes=0-1 ',
    'BYTES=0-1',
    'bytes=0x0-0x1',
    'bytes=--1',
    'bytes=1-1-1',
  ])('%j is the whole, once, or that part of it', async (range) => {
    const reply = await registry.call({ path, headers: { range } });
    const whole = Buffer.from(page.bytes).toString();
    expect(reply.status === 206 ? [whole.slice(0, 2)] : [whole]).toContain(reply.text);
  });

  test.each(['bytes=99999999999999999999999-', `bytes=${'9'.repeat(400)}-`, `bytes=5-${'0'.repeat(400)}`])(
    'a number without end is no part: %s',
    async (range) => {
      const reply = await registry.call({ path, headers: { range } });
      expect([reply.status, reply.codes]).toEqual([416, ['RANGE_INVALID']]);
    },
  );

  test('a part as long as can be written is cut at the end', async () => {
    const reply = await registry.call({ path, headers: { range: `bytes=-${'9'.repeat(400)}` } });
    expect([reply.status, reply.text]).toEqual([206, Buffer.from(page.bytes).toString()]);
  });
});

describe('cross-repo: by digest from elsewhere, after a deletion that a cache might have missed', () => {
  test('nothing is read by its digest from where it is not', async () => {
    await registry.push('team/secret', blobOf('secret'));
    const { digest } = blobOf('secret').descriptor;
    for (const [method, path] of [
      ['GET', `/v2/team/app/blobs/${digest}`],
      ['HEAD', `/v2/team/app/blobs/${digest}`],
      ['DELETE', `/v2/team/app/blobs/${digest}`],
      ['GET', `/v2/team/none/manifests/${image.descriptor.digest}`],
      ['DELETE', `/v2/team/none/manifests/${image.descriptor.digest}`],
    ] as const) {
      expect([path, (await registry.call({ method, path })).status]).toEqual([path, 404]);
    }
    expect((await registry.call({ path: `/v2/team/secret/blobs/${digest}` })).text).toBe('secret');
  });

  test('what was deleted here stays deleted when it is read elsewhere', async () => {
    const shared = blobOf('shared by two');
    for (const name of ['team/left', 'team/right']) await registry.push(name, shared, config, image);
    const paths = [`blobs/${shared.descriptor.digest}`, `manifests/${image.descriptor.digest}`];
    for (const path of paths) {
      expect((await registry.call({ path: `/v2/team/left/${path}` })).status).toBe(200);
      expect((await registry.call({ method: 'DELETE', path: `/v2/team/left/${path}` })).status).toBe(202);
      expect((await registry.call({ path: `/v2/team/right/${path}` })).status).toBe(200);
      for (const method of ['GET', 'HEAD']) {
        expect((await registry.call({ method, path: `/v2/team/left/${path}` })).status).toBe(404);
      }
    }
  });
});

describe('_catalog and tags/list: numbers without end, names that are none', () => {
  test.each(['/v2/_catalog', '/v2/team/app/tags/list'])(
    '%s gives what there is, whatever is asked for',
    async (path) => {
      const plain = jsonOf(await registry.call({ path }));
      for (const n of ['1000', '1001', '4294967296', '18446744073709551616', '9'.repeat(500)]) {
        expect(jsonOf(await registry.call({ path: `${path}?n=${n}` }))).toEqual(plain);
      }
    },
  );

  test.each(['-1', '1.5', '0x10', 'NaN', '%00', '1&n=2'])('n=%s is refused', async (n) => {
    for (const path of ['/v2/_catalog', '/v2/team/app/tags/list']) {
      const reply = await registry.call({ path: `${path}?n=${n}` });
      expect([reply.status, reply.codes]).toEqual([400, ['PAGINATION_NUMBER_INVALID']]);
    }
  });

  test.each(['%0d%0aSet-Cookie:%20a=b', '"><script>', '../../etc', '%ff'])('last=%s ends no header', async (last) => {
    await registry.tag('team/app', 'zzz', image);
    await registry.tag('team/app', 'zzzz', image);
    for (const path of ['/v2/_catalog', '/v2/team/app/tags/list', `/v2/team/app/referrers/${absentDigest}`]) {
      const reply = await registry.call({ path: `${path}?n=1&last=${last}` });
      expect(reply.status).toBe(200);
      expect(reply.headers['set-cookie']).toBeUndefined();
      expect(reply.headers['link'] ?? '').not.toMatch(/script|Set-Cookie/);
    }
  });
});
