/**
 * What the specification demands and no other test is about. docs/registry-conformance.md has all of it, with the test of
 * each demand.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mediaTypes } from '../../oci/spec/media-type.ts';
import { type Content, contentOf, indexOf, manifestOf } from '../oci/content.ts';
import {
  absentDigest,
  blobOf,
  type Call,
  jsonOf,
  openRegistryUnderTest,
  type RegistryUnderTest,
} from './registry-under-test.ts';

const empty = contentOf(mediaTypes.ociEmpty, Buffer.from('{}'));
const image = manifestOf(mediaTypes.ociManifest, { config: empty.descriptor, layers: [] });
const long = contentOf(mediaTypes.ociManifest, Buffer.from(`${Buffer.from(image.bytes)}\n`), 'sha512');
const longBlob = blobOf('long', 'sha512');

let registry: RegistryUnderTest;

beforeAll(async () => {
  registry = await openRegistryUnderTest();
  await registry.push('team/app', empty, image, long, longBlob);
});

afterAll(() => registry.close());

function put({ descriptor, bytes }: Content, tagOrDigest: string, mediaType = descriptor.mediaType): Call {
  const headers = { 'content-type': mediaType };
  return { method: 'PUT', path: `/v2/team/app/manifests/${tagOrDigest}`, headers, body: bytes };
}

describe('pulling', () => {
  test('a manifest that was pushed with parameters in its type is served without them', async () => {
    const pushed = await registry.call(put(image, 'parameters', `${mediaTypes.ociManifest}; charset=utf-8`));
    expect(pushed.status).toBe(201);
    const pulled = await registry.call({ path: '/v2/team/app/manifests/parameters' });
    expect(pulled.headers['content-type']).toBe(mediaTypes.ociManifest);
  });

  test.each([
    ['the ping', '/v2/'],
    ['a list of tags', '/v2/team/app/tags/list'],
    ['a list of referrers', `/v2/team/app/referrers/${absentDigest}`],
    ['the catalogue', '/v2/_catalog'],
    ['an error', '/v2/team/app/manifests/absent'],
  ])('the type of %s has no parameters', async (_, path) => {
    expect((await registry.call({ path })).headers['content-type']).toMatch(/^application\/[a-z.+0-9]+$/);
  });

  test.each([
    ['a manifest', `manifests/${long.descriptor.digest}`, long],
    ['a blob', `blobs/${longBlob.descriptor.digest}`, longBlob],
  ])('HEAD of %s by sha512 answers with that digest, its length and no body', async (_, path, { descriptor }) => {
    const reply = await registry.call({ method: 'HEAD', path: `/v2/team/app/${path}` });
    expect([reply.status, reply.text]).toEqual([200, '']);
    expect(reply.headers).toMatchObject({
      'docker-content-digest': descriptor.digest,
      'content-length': String(descriptor.size),
    });
  });

  test.each(['GET', 'HEAD'])('%s of anything in a repository that does not exist is a 404', async (method) => {
    for (const path of [`manifests/${absentDigest}`, 'manifests/latest', `blobs/${absentDigest}`]) {
      expect([path, (await registry.call({ method, path: `/v2/no/where/${path}` })).status]).toEqual([path, 404]);
    }
  });

  test.each(['manifests', 'blobs', 'referrers'])('a malformed digest among the %s is a 400', async (kind) => {
    const reply = await registry.call({ path: `/v2/team/app/${kind}/sha256:baddigeststring` });
    expect([reply.status, reply.codes]).toEqual([400, ['DIGEST_INVALID']]);
  });
});

describe('pushing', () => {
  test('an upload says at its beginning, at each chunk and when asked how far it is', async () => {
    const begun = await registry.call({ method: 'POST', path: '/v2/team/app/blobs/uploads/' });
    const path = begun.headers.location ?? '';
    const chunk = await registry.call({ method: 'PATCH', path, body: 'abc', headers: { 'content-range': '0-2' } });
    const asked = await registry.call({ path });
    const said = [begun, chunk, asked].map(({ status, headers }) => [status, headers.range, headers.location]);
    expect(said).toEqual([
      [202, '0-0', path],
      [202, '0-2', path],
      [204, '0-2', path],
    ]);
    await registry.call({ method: 'DELETE', path });
  });

  test.each([
    ['no bytes', '', 'sha256'],
    ['no bytes', '', 'sha512'],
    ['an empty object', '{}', 'sha256'],
    ['an empty object', '{}', 'sha512'],
  ] as const)('a blob of %s (%j) can be pushed by its %s digest', async (_, text, algorithm) => {
    const blob = blobOf(text, algorithm);
    await registry.push('team/empty', blob);
    const pulled = await registry.call({ path: `/v2/team/empty/blobs/${blob.descriptor.digest}` });
    expect([pulled.status, pulled.text]).toEqual([200, text]);
  });

  test('a manifest by sha512 may write tags, which then answer with that digest', async () => {
    const { digest } = long.descriptor;
    const pushed = await registry.call(put(long, `${digest}?tag=long&tag=longer`));
    expect([pushed.status, pushed.headers['oci-tag'], pushed.headers['docker-content-digest']]).toEqual([
      201,
      'long, longer',
      digest,
    ]);
    for (const method of ['GET', 'HEAD']) {
      const pulled = await registry.call({ method, path: '/v2/team/app/manifests/longer' });
      expect(pulled.headers['docker-content-digest']).toBe(digest);
    }
  });

  test('a descriptor may carry its content in a data field', async () => {
    const inline = { ...empty.descriptor, data: Buffer.from(empty.bytes).toString('base64') };
    const manifest = manifestOf(mediaTypes.ociManifest, { config: inline, layers: [inline] });
    expect((await registry.call(put(manifest, 'inline'))).status).toBe(201);
    const pulled = await registry.call({ path: '/v2/team/app/manifests/inline' });
    expect(pulled.text).toBe(Buffer.from(manifest.bytes).toString());
  });

  test('an index with a subject is confirmed and listed as an image with one is', async () => {
    const subject = { mediaType: mediaTypes.ociManifest, digest: blobOf('no such image').descriptor.digest, size: 13 };
    const listing = manifestOf(mediaTypes.ociIndex, { manifests: [], subject });
    const pushed = await registry.call(put(listing, listing.descriptor.digest));
    expect([pushed.status, pushed.headers['oci-subject']]).toEqual([201, subject.digest]);
    const listed = await registry.call({ path: `/v2/team/app/referrers/${subject.digest}` });
    expect(jsonOf(listed)).toMatchObject({ manifests: [{ digest: listing.descriptor.digest }] });
  });
});

describe('the list of referrers', () => {
  test('has what was pushed for clients that read a fallback tag', async () => {
    const signature = manifestOf(mediaTypes.ociManifest, {
      config: empty.descriptor,
      layers: [],
      subject: image.descriptor,
      artifactType: 'application/vnd.example.signature',
    });
    const { digest } = image.descriptor;
    await registry.push('team/app', signature);
    await registry.tag('team/app', digest.replace(':', '-'), indexOf([signature.descriptor]));
    const listed = await registry.call({ path: `/v2/team/app/referrers/${digest}` });
    expect(jsonOf(listed)).toMatchObject({ manifests: [{ digest: signature.descriptor.digest }] });
  });
});

describe('deleting', () => {
  test('a manifest is gone in every way at once: by digest, by tag, from the tags and from the referrers', async () => {
    const passing = manifestOf(mediaTypes.ociManifest, {
      config: empty.descriptor,
      layers: [],
      subject: image.descriptor,
      annotations: { passing: 'yes' },
    });
    await registry.push('team/passing', empty, image);
    await registry.tag('team/passing', 'passing', passing);
    const { digest } = passing.descriptor;
    const removed = await registry.call({ method: 'DELETE', path: `/v2/team/passing/manifests/${digest}` });
    expect(removed.status).toBe(202);
    for (const tagOrDigest of [digest, 'passing']) {
      expect((await registry.call({ path: `/v2/team/passing/manifests/${tagOrDigest}` })).status).toBe(404);
    }
    const tags = await registry.call({ path: '/v2/team/passing/tags/list' });
    expect(jsonOf(tags)).toEqual({ name: 'team/passing', tags: [] });
    const referrers = await registry.call({ path: `/v2/team/passing/referrers/${image.descriptor.digest}` });
    expect(jsonOf(referrers)).toMatchObject({ manifests: [] });
  });

  test.each(['pusher', 'operator', 'viewer'] as const)(
    'who may not delete (%s) deletes no manifest, no blob and no tag',
    async (as) => {
      await registry.tag('team/app', 'kept', image);
      for (const path of [
        `manifests/${image.descriptor.digest}`,
        'manifests/kept',
        `blobs/${empty.descriptor.digest}`,
      ]) {
        const refused = await registry.call({ method: 'DELETE', path: `/v2/team/app/${path}`, as });
        expect([path, refused.status, refused.codes]).toEqual([path, 403, ['DENIED']]);
        expect((await registry.call({ path: `/v2/team/app/${path}` })).status).toBe(200);
      }
    },
  );
});
